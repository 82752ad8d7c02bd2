#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/flags.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai::ops {

/// Several directories of the host as one, with the kernel's overlayfs; always nosuid and nodev.
/// There are three kinds:
///   - read-write: with `upper` and `work`. Changes go into `upper` on the host, and stay.
///   - `ephemeral`: changes go into memory, and are gone with the container.
///   - read-only: neither of these.
/// No kind ever changes anything in `lowers`. Sources are opened once, before anything is changed.
struct Overlay {
  ContainerPath path;
  std::vector<HostPath> lowers;   ///< The first is on top.
  std::optional<HostPath> upper;  ///< What is found above them, and where changes go.
  std::optional<HostPath> work;   ///< An empty directory for the kernel, on the mount of `upper`.
  bool ephemeral = false;

  Transient<std::vector<UniqueFd>> lower_directories;
  Transient<UniqueFd> upper_directory;
  Transient<UniqueFd> work_directory;

  /// Throws Refusal for fields that are no kind of the above, or too many lowers.
  void check() const;
  /// Throws Refusal where `upper` and `work` are on different mounts.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const;
  MountAttr attributes() const;
  bool operator==(const Overlay&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, lowers, upper, work, ephemeral);
  }
};

}  // namespace kekkai::ops
