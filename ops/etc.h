#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <string>
#include <utility>
#include <vector>

namespace kekkai::ops {

/// An /etc of the container's own that later ops can add to, and the program finds read-only. The
/// host's directory is bound read-only at /etc/.host/PREFIX, and each of its entries is a link into
/// it; links of the host's are made again as they are. mtab leads to /proc/mounts, and passwd and
/// group are left to other ops (File). A list holds it at most once.
struct Etc {
  static constexpr bool kOnlyOnce = true;

  HostPath source = "/etc";
  std::string prefix = "etc";  ///< A name without slashes.

  using Link = std::pair<std::string, std::string>;  ///< Name and target.
  Transient<UniqueFd> tree;
  Transient<std::vector<Link>> links;

  /// Throws Refusal where the prefix is no name.
  void check() const;
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k);
  std::string describe() const { return "etc " + source.str(); }
  bool operator==(const Etc&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(source, prefix);
  }
};

}  // namespace kekkai::ops
