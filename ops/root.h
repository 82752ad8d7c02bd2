#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <string>
#include <vector>

namespace kekkai::ops {

/// Shows what is in a directory of the host at the root of the container: a bind for each entry, as
/// Bind makes them, and a link for each link. Left out are proc, dev, tmp, mnt and etc, for which
/// the container has its own, and what goes away meanwhile. The root itself is the container's own:
/// later ops can make more in it, and the program finds it read-only. A list holds it at most once.
struct Root {
  static constexpr bool kOnlyOnce = true;

  HostPath source = "/";
  bool writable = false;

  struct Entry {
    std::string name;
    std::string link;  ///< What the link says; empty for everything else.
    UniqueFd tree;
  };
  Transient<std::vector<Entry>> entries;

  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const { return "root " + source.str(); }
  bool operator==(const Root&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(source, writable);
  }
};

}  // namespace kekkai::ops
