#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/ops/sysroot.h>
#include <kekkai/syscall/paths.h>

#include <optional>
#include <vector>

namespace kekkai::ops {

/// Shows a file or directory of the host, with everything mounted below it, at a path of the
/// container: read-only unless `writable`, never honouring set-user-id bits, and without later
/// mounts of the host unless it is a `slave`. The source is resolved once, before anything is
/// changed.
struct Bind {
  HostPath source;
  /// In place of `source`: a descriptor of the launcher's process. What is open there is found
  /// again by its path, and has to be the very same file.
  std::optional<int> descriptor;
  ContainerPath target;
  bool writable = false;
  bool device = false;  ///< Device nodes work (otherwise nodev).
  bool noexec = false;  ///< Nothing in it can be executed.
  /// `source` may be, or lead through, one of /proc's magic links: /proc/self is init then, in the
  /// container's namespaces.
  bool magic_links = false;
  bool optional = false;  ///< A source that does not exist is no error: nothing is bound.
  bool ensure = false;    ///< A source that does not exist is made: a directory, mode 0700.
  /// What the host mounts below the source later appears here too, with the flags that it has
  /// there: writable where it is. What it unmounts is gone here.
  bool slave = false;

  Transient<UniqueFd> tree;

  /// Throws Refusal for flags that a descriptor has no use for.
  void check() const;
  /// Throws Refusal for a descriptor whose file cannot be found again.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const;
  std::vector<int> descriptors() const;
  MountAttr attributes() const;
  bool operator==(const Bind&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(source, descriptor, target, writable, device, noexec, magic_links, optional, ensure, slave);
  }
};

}  // namespace kekkai::ops
