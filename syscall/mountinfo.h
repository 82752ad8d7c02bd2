#pragma once

#include <kekkai/syscall/flags.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai {

/// One mount of /proc/PID/mountinfo (proc(5)).
struct MountInfo {
  uint64_t id = 0;
  uint64_t parent_id = 0;
  std::string mount_point;  ///< With the kernel's octal escapes undone.
  MountAttr attributes = MountAttr::kNone;
  bool propagates = false;  ///< Shared with a peer group or slave of one.
  bool shared = false;      ///< Shared with a peer group: what is mounted on it appears elsewhere.
  uint64_t peers = 0;       ///< The peer group that it is shared with; 0 is none.
  uint64_t master = 0;      ///< The peer group that it is a slave of; 0 is none.
  std::string type;
  bool read_only_system = false;  ///< The file system is read-only, whatever the mount is.
  bool operator==(const MountInfo&) const = default;
};

/// Throws std::invalid_argument with the line that is not of the form of proc(5).
std::vector<MountInfo> parse_mountinfo(std::string_view text);

}  // namespace kekkai
