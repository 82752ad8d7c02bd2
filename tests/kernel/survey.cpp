#include "survey.h"

#include <kekkai/ops/register.h>
#include <kekkai/ops/source.h>
#include <kekkai/syscall/mountinfo.h>

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <map>

namespace kekkai::kernel_tests {
namespace {

constexpr std::string_view kMountTable = "mount table:\n";
constexpr std::array<uint64_t, 5> kNotEntered{PROC_SUPER_MAGIC, SYSFS_MAGIC, DEVPTS_SUPER_MAGIC,
                                              CGROUP2_SUPER_MAGIC, 0x19800202 /* mqueue */};
constexpr std::array<std::string_view, 7> kOwnTypes{"tmpfs",   "proc",  "devpts", "mqueue",
                                                    "overlay", "sysfs", "cgroup2"};
constexpr size_t kMostContent = 64;

class Walker {
 public:
  explicit Walker(Dispatcher& k) : k_(k) {}

  std::string text;

  void visit(Fd parent, const std::string& name, const std::string& path) {
    try {
      const UniqueFd place =
          k_.openat2(parent, name, Open::kPath | Open::kNoFollow, Resolve::kAnywhere);
      const FileStatus status = k_.statx(place);
      text += fmt::format("{} {:06o} {}:{} {}:{}", path, status.mode, status.uid, status.gid,
                          major(status.rdev), minor(status.rdev));
      if (S_ISLNK(status.mode)) text += " -> " + k_.readlinkat(parent, name);
      if (S_ISREG(status.mode)) text += " " + content_of(parent, name);
      text += "\n";
      if (S_ISDIR(status.mode) && is_entered(place)) enter(parent, name, path);
    } catch (const SyscallError& e) {
      text += path + " " + errno_name(e.error()) + "\n";
    }
  }

 private:
  bool is_entered(Fd directory) {
    return std::ranges::find(kNotEntered, k_.fstatfs(directory)) == kNotEntered.end();
  }

  std::string content_of(Fd parent, const std::string& name) {
    try {
      return read_text(k_, k_.openat2(parent, name, Open::kReadOnly, Resolve::kAnywhere),
                       kMostContent);
    } catch (const SyscallError& e) {
      return errno_name(e.error());
    }
  }

  void enter(Fd parent, const std::string& name, const std::string& path) {
    const UniqueFd directory =
        k_.openat2(parent, name, Open::kReadOnly | Open::kDirectory, Resolve::kAnywhere);
    for (const std::string& below : names_in_order(k_, directory)) {
      visit(directory, below, path == "/" ? "/" + below : path + "/" + below);
    }
  }

  Dispatcher& k_;
};

// A mount by the place where it is, and how many are below it there.
std::string name_of(const MountInfo& mount, const std::map<uint64_t, const MountInfo*>& by_id) {
  int level = 0;
  const MountInfo* at = &mount;
  for (auto parent = by_id.find(at->parent_id);
       parent != by_id.end() && parent->second->mount_point == mount.mount_point &&
       at->id != at->parent_id;
       parent = by_id.find(at->parent_id)) {
    at = parent->second;
    ++level;
  }
  return fmt::format("{}#{}", mount.mount_point, level);
}

}  // namespace

void Survey::early(SetupState& /*state*/, Dispatcher& k) {
  process = k.openat2(Fd::cwd(), "/proc/self", Open::kPath | Open::kDirectory, Resolve::kAnywhere);
}

void Survey::late(SetupState& /*state*/, Dispatcher& k) {
  Walker walker(k);
  walker.visit(Fd::cwd(), "/", "/");
  walker.text += kMountTable;
  walker.text += read_text(k, k.openat2(*process, "mountinfo", Open::kReadOnly, Resolve::kBeneath));
  (*process).reset();
  write_all(k, Fd(1, "stdout"), walker.text);
}

std::string comparable(const std::string& survey) {
  const size_t table = survey.find(kMountTable);
  if (table == survey.npos) return survey;
  const std::vector<MountInfo> mounts = parse_mountinfo(survey.substr(table + kMountTable.size()));
  std::map<uint64_t, const MountInfo*> by_id;
  for (const MountInfo& mount : mounts) by_id[mount.id] = &mount;
  std::vector<std::string> lines;
  for (const MountInfo& mount : mounts) {
    const auto parent = by_id.find(mount.parent_id);
    const bool is_own = std::ranges::find(kOwnTypes, mount.type) != kOwnTypes.end();
    lines.push_back(
        fmt::format("{} {} {}{}{} on {}\n", name_of(mount, by_id), is_own ? mount.type : "host",
                    names(mount.attributes), mount.propagates ? " propagates" : "",
                    mount.shared ? " shared" : "",
                    parent == by_id.end() ? "nothing" : name_of(*parent->second, by_id)));
  }
  std::ranges::sort(lines);
  std::string text = survey.substr(0, table + kMountTable.size());
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace kekkai::kernel_tests

REGISTER_OP(kekkai::kernel_tests::Survey, "test: survey")
