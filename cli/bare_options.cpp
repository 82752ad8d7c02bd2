#include "bare_options.h"

#include "settings.h"
#include "values.h"

#include <stdexcept>

namespace kekkai::cli {

void set_bare(RunOptions& run, const Caller& /*caller*/, const std::string& /*value*/) {
  if (run.root) throw std::invalid_argument("not together with --root");
  run.bare = true;
}

void add_proc_at(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, settings] = parse_place(value);
  ops::Proc proc{.path = path};
  while (const auto name = take_setting(settings, "open")) proc.open.push_back(*name);
  require_all_taken(settings, "open=");
  run.files.proc(std::move(proc));
}

void add_dev_at(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, settings] = parse_place(value);
  ops::Dev dev{.path = path};
  dev.read_only = take_flag(settings, "ro");
  dev.mqueue = take_flag(settings, "mqueue");
  require_all_taken(settings, "ro, mqueue");
  run.files.dev(std::move(dev));
}

void add_mqueue(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.mqueue({.path = ContainerPath(value)});
}

// PATH:MODE
void add_chmod(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  const std::vector<std::string> fields = split_fields(value);
  if (fields.size() != 2) throw std::invalid_argument("not PATH:MODE");
  run.files.chmod({.path = ContainerPath(fields[0]), .mode = parse_mode(fields[1])});
}

// N:PATH[:SETTINGS]
void add_file_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() < 2 || fields.size() > 3) {
    throw std::invalid_argument("not N:PATH[:mode=M,rw,plain]");
  }
  fields.resize(3);
  ops::File file{.path = ContainerPath(fields[1]), .descriptor = parse_descriptor(fields[0])};
  std::vector<std::string> settings = split_list(fields[2]);
  if (const auto mode = take_setting(settings, "mode")) file.mode = parse_mode(*mode);
  file.writable = take_flag(settings, "rw");
  file.plain = take_flag(settings, "plain");
  require_all_taken(settings, "mode=, rw, plain");
  run.files.file(std::move(file));
}

void add_lock(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.lock({.path = ContainerPath(value)});
}

}  // namespace kekkai::cli
