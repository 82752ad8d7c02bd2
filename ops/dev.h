#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <vector>

namespace kekkai::ops {

/// A small /dev of the container's own: null, zero, full, random, urandom and tty of the host; the
/// links fd, stdin, stdout, stderr, core and ptmx; a devpts of its own; an empty shm. `console` is
/// the program's terminal, where it has one that is kept or its own; the latter is made here.
struct Dev {
  ContainerPath path = "/dev";

  Transient<std::vector<UniqueFd>> nodes;
  Transient<UniqueFd> console;

  /// Throws Refusal where a node of the host is not the device that its name promises.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const { return "dev on " + path.str(); }
  bool operator==(const Dev&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path);
  }
};

}  // namespace kekkai::ops
