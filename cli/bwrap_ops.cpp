#include "bwrap_ops.h"

#include "bwrap_error.h"

#include <kekkai/ops/refusal.h>
#include <kekkai/syscall/syscall_error.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace kekkai::cli {
namespace {

ContainerPath inside(const std::string& path) { return {bwrap_inside(path)}; }

// Where on the host: what is relative is so to the working directory.
HostPath outside(const std::string& path, const BwrapCaller& caller) {
  if (path.starts_with('/')) return path;
  if (path.empty() || caller.directory.empty()) {
    throw BwrapError("Can't find source path " + path + ": No such file or directory",
                     path.empty() ? "the path is empty" : "the working directory is gone");
  }
  return caller.directory + "/" + path;
}

/// Makes the op of a step.
class Builder {
 public:
  explicit Builder(const BwrapCaller& caller) : caller_(caller) {}

  void operator()(const BwrapBind& step) {
    if (bwrap_passes_over(step, caller_)) return;
    const bool devices = step.access == BwrapBind::Access::kDevices;
    ops::Bind bind{.target = inside(step.target),
                   .writable = step.access != BwrapBind::Access::kReadOnly,
                   .device = devices};
    bind.descriptor = step.descriptor ? step.descriptor : bwrap_descriptor_behind(step.source);
    if (!bind.descriptor) {
      bind.source = outside(step.source, caller_);
      bind.magic_links = bwrap_has_magic_links(step.source);
      bind.optional = step.optional;
    }
    ops_.bind(std::move(bind));
  }

  void operator()(const BwrapOverlay& step) {
    ops::Overlay overlay{.path = inside(step.target), .ephemeral = step.ephemeral};
    for (const std::string& source : step.sources) {
      overlay.lowers.insert(overlay.lowers.begin(), outside(source, caller_));
    }
    if (!step.upper.empty()) {
      overlay.upper = outside(step.upper, caller_);
      overlay.work = outside(step.work, caller_);
    }
    ops_.overlay(std::move(overlay));
  }

  void operator()(const BwrapTmpfs& step) {
    ops_.tmpfs({.path = inside(step.target), .mode = step.mode, .size = step.size});
  }

  // Covers would keep an ordinary user, who cannot write there anyway, from a proc of another
  // container inside.
  void operator()(const BwrapMount& step) {
    switch (step.kind) {
      case BwrapMount::Kind::kProc: {
        ops::Proc proc{.path = inside(step.target)};
        if (caller_.uid != 0) proc.open = {"all"};
        ops_.proc(std::move(proc));
        break;
      }
      case BwrapMount::Kind::kDev:
        ops_.dev({.path = inside(step.target)});
        break;
      case BwrapMount::Kind::kMqueue:
        ops_.mqueue({.path = inside(step.target)});
    }
  }

  void operator()(const BwrapDirectory& step) {
    ops_.mkdir({.path = inside(step.target), .mode = step.mode});
  }

  void operator()(const BwrapFile& step) {
    ops_.file({.path = inside(step.target),
               .mode = step.mode,
               .writable = step.kind == BwrapFile::Kind::kBound,
               .descriptor = step.descriptor,
               .plain = step.kind == BwrapFile::Kind::kPlain});
  }

  void operator()(const BwrapSymlink& step) {
    ops_.symlink({.path = inside(step.target), .target = step.content});
  }

  void operator()(const BwrapRemount& step) {
    ops_.remount({.path = inside(step.target), .read_only = true});
  }

  void operator()(const BwrapChmod& step) {
    ops_.chmod({.path = inside(step.target), .mode = step.mode});
  }

  // What has no place among the steps: all of it is for when the tree is complete.
  Ops take(const BwrapOptions& options) {
    for (const std::string& file : options.lock_files) ops_.lock({.path = inside(file)});
    if (options.sync_fd && !options.as_pid_1) ops_.hold({.descriptor = *options.sync_fd});
    if (options.block_fd) ops_.wait({.descriptor = *options.block_fd});
    return std::move(ops_);
  }

 private:
  const BwrapCaller& caller_;
  Ops ops_;
};

}  // namespace

std::string bwrap_inside(const std::string& path) {
  return std::filesystem::path("/" + path).lexically_normal().string();
}

std::optional<int> bwrap_descriptor_behind(const std::string& path) {
  constexpr std::string_view kDirectory = "/proc/self/fd/";
  if (!path.starts_with(kDirectory)) return std::nullopt;
  const std::string_view digits = std::string_view(path).substr(kDirectory.size());
  int number = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits != std::to_string(number)) return std::nullopt;
  return number;
}

bool bwrap_has_magic_links(const std::string& path) {
  return path.starts_with("/proc/self/") || path.starts_with("/proc/thread-self/");
}

bool bwrap_passes_over(const BwrapBind& bind, const BwrapCaller& caller) {
  constexpr int kStdio = 3;
  if (!bind.optional) return false;
  const auto number = bwrap_descriptor_behind(bind.source);
  const bool is_closed = number && *number >= kStdio &&
                         std::ranges::find(caller.descriptors, *number) == caller.descriptors.end();
  return bind.source.empty() || is_closed;
}

Ops make_bwrap_ops(const BwrapOptions& options, const BwrapCaller& caller) {
  Builder builder(caller);
  for (size_t i = 0; i < options.steps.size(); ++i) {
    try {
      std::visit(builder, options.steps[i]);
    } catch (const PathError& e) {
      throw BwrapError(options.step_options[i] + ": " + e.what());
    } catch (const Refusal& e) {
      throw BwrapError(options.step_options[i] + ": " + e.what());
    }
  }
  return builder.take(options);
}

}  // namespace kekkai::cli
