#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <cstdint>

namespace kekkai::ops {

/// An empty file system in memory: tmpfs(5), nosuid and nodev; writable unless `read_only`.
struct Tmpfs {
  ContainerPath path;
  uint32_t mode = 0755;
  uint64_t size = 0;  ///< At most so many bytes; 0 is the kernel's default, half of the memory.
  /// The program finds it read-only, with what later ops have made in it.
  bool read_only = false;
  bool optional = false;  ///< Only where the path exists already: it covers, and makes nothing.

  /// Throws Refusal for a mode or size that there is not.
  void check() const;
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "tmpfs on " + path.str(); }
  bool operator==(const Tmpfs&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, mode, size, read_only, optional);
  }
};

}  // namespace kekkai::ops
