#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <vector>

namespace kekkai::ops {

/// A small /dev of the container's own: null, zero, full, random, urandom and tty of the host; the
/// links fd, stdin, stdout, stderr, core and ptmx; a devpts of its own; an empty shm. `console` is
/// the program's terminal, where it has one that is kept or its own; the latter is made here.
/// Nothing is made with mknod(2).
struct Dev {
  ContainerPath path = "/dev";
  /// Nothing in it can be made or removed, but in shm and by opening terminals. Later ops can.
  bool read_only = false;
  bool mqueue = false;  ///< Message queues of the container's own (mq_overview(7)) at `mqueue`.

  Transient<std::vector<UniqueFd>> nodes;
  Transient<UniqueFd> console;

  /// Throws Refusal where a node of the host is not the device that its name promises.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const { return "dev on " + path.str(); }
  bool operator==(const Dev&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, read_only, mqueue);
  }
};

}  // namespace kekkai::ops
