#include "bwrap_steps.h"

#include "bwrap_error.h"
#include "bwrap_values.h"

#include <utility>

namespace kekkai::cli {
namespace {

constexpr uint32_t kFileMode = 0666;
constexpr uint32_t kBoundFileMode = 0600;

void add(const BwrapValues& values, BwrapStep step) {
  std::string written(values.option);
  for (const std::string& word : values.words) written += " " + word;
  values.options.steps.push_back(std::move(step));
  values.options.step_options.push_back(std::move(written));
}

BwrapBind::Access access_of(std::string_view option) {
  if (option.starts_with("--ro-")) return BwrapBind::Access::kReadOnly;
  return option.starts_with("--dev-") ? BwrapBind::Access::kDevices : BwrapBind::Access::kWritable;
}

}  // namespace

void add_bwrap_bind(const BwrapValues& values) {
  add(values, BwrapBind{.source = values[0],
                        .target = values[1],
                        .access = access_of(values.option),
                        .optional = values.option.ends_with("-try")});
}

void add_bwrap_bind_fd(const BwrapValues& values) {
  add(values, BwrapBind{.descriptor = parse_bwrap_descriptor(values[0]),
                        .target = values[1],
                        .access = access_of(values.option)});
}

void add_bwrap_overlay(const BwrapValues& values) {
  BwrapOverlay overlay{.sources = std::exchange(values.next.overlay_sources, {}),
                       .ephemeral = values.option == "--tmp-overlay",
                       .target = values.words.back()};
  const bool read_only = values.option == "--ro-overlay";
  if (overlay.sources.size() < (read_only ? 2 : 1)) {
    throw BwrapError(std::string(values.option) + " requires at least " +
                         (read_only ? "two" : "one") + " --overlay-src",
                     "give the directories that it shows before it: --overlay-src SRC");
  }
  if (values.words.size() == 3) {
    overlay.upper = values[0];
    overlay.work = values[1];
  }
  add(values, std::move(overlay));
}

void add_bwrap_tmpfs(const BwrapValues& values) {
  add(values, BwrapTmpfs{.target = values[0],
                         .mode = values.next.take_mode(0755),
                         .size = std::exchange(values.next.size, 0)});
}

void add_bwrap_mount(const BwrapValues& values) {
  using Kind = BwrapMount::Kind;
  const Kind kind = values.option == "--proc"  ? Kind::kProc
                    : values.option == "--dev" ? Kind::kDev
                                               : Kind::kMqueue;
  add(values, BwrapMount{.kind = kind, .target = values[0]});
}

void add_bwrap_directory(const BwrapValues& values) {
  add(values, BwrapDirectory{.target = values[0], .mode = values.next.take_mode(0755)});
}

void add_bwrap_file(const BwrapValues& values) {
  using Kind = BwrapFile::Kind;
  const Kind kind = values.option == "--file"        ? Kind::kPlain
                    : values.option == "--bind-data" ? Kind::kBound
                                                     : Kind::kBoundReadOnly;
  const uint32_t otherwise = kind == Kind::kPlain ? kFileMode : kBoundFileMode;
  add(values, BwrapFile{.kind = kind,
                        .descriptor = parse_bwrap_descriptor(values[0]),
                        .target = values[1],
                        .mode = values.next.take_mode(otherwise)});
}

void add_bwrap_symlink(const BwrapValues& values) {
  add(values, BwrapSymlink{.content = values[0], .target = values[1]});
}

void add_bwrap_remount(const BwrapValues& values) {
  add(values, BwrapRemount{.target = values[0]});
}

void add_bwrap_chmod(const BwrapValues& values) {
  add(values, BwrapChmod{.target = values[1], .mode = parse_bwrap_mode(values.option, values[0])});
}

}  // namespace kekkai::cli
