#include "file_options.h"

#include "files.h"
#include "settings.h"
#include "values.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace kekkai::cli {

std::string absolute(const Caller& caller, const std::string& path) {
  if (path.empty()) throw std::invalid_argument("the path is empty");
  if (path.starts_with('/')) return path;
  if (caller.directory.empty()) {
    throw std::invalid_argument("a relative path, but the working directory is gone");
  }
  return caller.directory + "/" + path;
}

namespace {

// The path in the container that a path of the host has by itself.
ContainerPath same_place(const std::string& host_path) {
  return ContainerPath(std::filesystem::path(host_path).lexically_normal().string());
}

// SRC[:DEST[:FLAGS]]
ops::Bind parse_bind(const Caller& caller, const std::string& value) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() > 3) throw std::invalid_argument("more than SRC:DEST:FLAGS");
  fields.resize(3);
  ops::Bind bind{.source = absolute(caller, fields[0])};
  bind.target = fields[1].empty() ? same_place(bind.source.str()) : ContainerPath(fields[1]);
  std::vector<std::string> flags = split_list(fields[2]);
  bind.optional = take_flag(flags, "optional");
  bind.ensure = take_flag(flags, "ensure");
  bind.noexec = take_flag(flags, "noexec");
  bind.slave = take_flag(flags, "slave");
  bind.magic_links = take_flag(flags, "magic-links");
  require_all_taken(flags, "optional, ensure, noexec, slave, magic-links");
  return bind;
}

// Layers, of which there are `least` or more, and PATH at the end.
ops::Overlay parse_layers(const Caller& caller, const std::string& value, size_t least,
                          const char* form) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() < least + 1) throw std::invalid_argument(std::string("not ") + form);
  ops::Overlay overlay{.path = ContainerPath(fields.back())};
  fields.pop_back();
  for (const std::string& field : fields) overlay.lowers.emplace_back(absolute(caller, field));
  return overlay;
}

}  // namespace

void add_ro(RunOptions& run, const Caller& caller, const std::string& value) {
  run.files.bind(parse_bind(caller, value));
}

void add_rw(RunOptions& run, const Caller& caller, const std::string& value) {
  ops::Bind bind = parse_bind(caller, value);
  bind.writable = true;
  run.files.bind(std::move(bind));
}

void add_dev(RunOptions& run, const Caller& caller, const std::string& value) {
  ops::Bind bind = parse_bind(caller, value);
  bind.writable = true;
  bind.device = true;
  run.files.bind(std::move(bind));
}

void add_tmpfs(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, settings] = parse_place(value);
  ops::Tmpfs tmpfs{.path = path};
  if (const auto mode = take_setting(settings, "mode")) tmpfs.mode = parse_mode(*mode);
  if (const auto size = take_setting(settings, "size")) tmpfs.size = parse_size(*size);
  tmpfs.read_only = take_flag(settings, "ro");
  require_all_taken(settings, "size=, mode=, ro");
  run.files.tmpfs(tmpfs);
}

void add_mkdir(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, settings] = parse_place(value);
  ops::Mkdir mkdir{.path = path};
  if (const auto mode = take_setting(settings, "mode")) mkdir.mode = parse_mode(*mode);
  require_all_taken(settings, "mode=");
  run.files.mkdir(mkdir);
}

void add_symlink(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  const std::vector<std::string> fields = split_fields(value);
  if (fields.size() != 2 || fields[0].empty()) throw std::invalid_argument("not TARGET:PATH");
  run.files.symlink({.path = ContainerPath(fields[1]), .target = fields[0]});
}

void add_file(RunOptions& run, const Caller& caller, const std::string& value) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() < 2 || fields.size() > 3) {
    throw std::invalid_argument("not SRC:PATH[:mode=MODE]");
  }
  fields.resize(3);
  ops::File file{.path = ContainerPath(fields[1]),
                 .content = read_file(absolute(caller, fields[0]))};
  std::vector<std::string> settings = split_list(fields[2]);
  if (const auto mode = take_setting(settings, "mode")) file.mode = parse_mode(*mode);
  require_all_taken(settings, "mode=");
  run.files.file(std::move(file));
}

// N:PATH
ops::Bind parse_descriptor_bind(const std::string& value) {
  const std::vector<std::string> fields = split_fields(value);
  if (fields.size() != 2) throw std::invalid_argument("not N:PATH");
  return {.descriptor = parse_descriptor(fields[0]), .target = ContainerPath(fields[1])};
}

void add_ro_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.bind(parse_descriptor_bind(value));
}

void add_rw_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  ops::Bind bind = parse_descriptor_bind(value);
  bind.writable = true;
  run.files.bind(std::move(bind));
}

void add_remount(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, flags] = parse_place(value);
  ops::Remount remount{.path = path};
  remount.read_only = take_flag(flags, "ro");
  remount.noexec = take_flag(flags, "noexec");
  remount.nodev = take_flag(flags, "nodev");
  remount.recursive = take_flag(flags, "recursive");
  require_all_taken(flags, "ro, noexec, nodev, recursive");
  if (remount.attributes() == MountAttr::kNone) {
    throw std::invalid_argument("one of ro, noexec and nodev is missing");
  }
  run.files.remount(remount);
}

// SRC[:rw]
void set_root(RunOptions& run, const Caller& caller, const std::string& value) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() > 2) throw std::invalid_argument("more than SRC:rw");
  fields.resize(2);
  std::vector<std::string> flags = split_list(fields[1]);
  if (run.root) throw std::invalid_argument("there can be only one");
  if (run.bare) throw std::invalid_argument("not together with --bare");
  run.root = ops::Root{.source = absolute(caller, fields[0]), .writable = take_flag(flags, "rw")};
  require_all_taken(flags, "rw");
}

// SRC[:PREFIX]
void add_etc(RunOptions& run, const Caller& caller, const std::string& value) {
  const std::vector<std::string> fields = split_fields(value);
  if (fields.size() > 2) throw std::invalid_argument("more than SRC:PREFIX");
  ops::Etc etc{.source = absolute(caller, fields[0])};
  if (fields.size() == 2) etc.prefix = fields[1];
  run.files.etc(std::move(etc));
}

void set_devfs(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  std::vector<std::string> settings = split_list(value);
  run.dev.read_only |= take_flag(settings, "ro");
  run.dev.mqueue |= take_flag(settings, "mqueue");
  require_all_taken(settings, "ro, mqueue");
}

void add_mask(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, flags] = parse_place(value);
  ops::Mask mask{.path = path, .required = take_flag(flags, "required")};
  require_all_taken(flags, "required");
  run.files.mask(std::move(mask));
}

void add_read_only(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  auto [path, flags] = parse_place(value);
  ops::ReadOnly read_only{.path = path, .optional = take_flag(flags, "optional")};
  require_all_taken(flags, "optional");
  run.files.read_only(std::move(read_only));
}

void add_sysfs(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.sysfs({.path = ContainerPath(value)});
}

void add_cgroup2(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.cgroup2({.path = ContainerPath(value)});
}

void set_proc(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  std::vector<std::string> settings = split_list(value);
  ops::Proc proc = run.proc;
  proc.pids_only |= take_flag(settings, "subset=pid");
  if (const auto how = take_setting(settings, "hidepid")) {
    if (how->empty()) throw std::invalid_argument("hidepid= needs a value");
    proc.hidepid = *how;
  }
  require_all_taken(settings, "subset=pid, hidepid=");
  proc.check();
  run.proc = std::move(proc);
}

void add_overlay_tmp(RunOptions& run, const Caller& caller, const std::string& value) {
  ops::Overlay overlay = parse_layers(caller, value, 1, "LOWER[:LOWER...]:PATH");
  overlay.ephemeral = true;
  run.files.overlay(std::move(overlay));
}

void add_overlay_rw(RunOptions& run, const Caller& caller, const std::string& value) {
  ops::Overlay overlay = parse_layers(caller, value, 3, "LOWER[:LOWER...]:UPPER:WORK:PATH");
  overlay.work = std::move(overlay.lowers.back());
  overlay.lowers.pop_back();
  overlay.upper = std::move(overlay.lowers.back());
  overlay.lowers.pop_back();
  run.files.overlay(std::move(overlay));
}

void add_overlay_ro(RunOptions& run, const Caller& caller, const std::string& value) {
  run.files.overlay(parse_layers(caller, value, 2, "LOWER:LOWER[:LOWER...]:PATH"));
}

}  // namespace kekkai::cli
