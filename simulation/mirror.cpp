#include <kekkai/simulation/mirror.h>

#include <errno.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

namespace kekkai::testing {
namespace {

constexpr size_t kMaxMountTable = 256U << 20;
constexpr const char* kOwnTerminal = "/dev/tty";

bool is_number(std::string_view name) { return name.find_first_not_of("0123456789") == name.npos; }

// A path is walked with O_PATH and without following the last link: nothing is mounted by looking
// at it (automounts), no device and no fifo is opened.
class HostOrigin : public FakeOrigin {
 public:
  explicit HostOrigin(Dispatcher& k) : k_(k) {}

  std::optional<FakeFile> find(const std::string& path) const override {
    try {
      const UniqueFd place = look_at(path);
      const FileStatus status = k_.statx(place);
      FakeFile file;
      file.owned_by(status.uid, status.gid);
      if (!S_ISLNK(status.mode)) return file.of_mode(status.mode, status.rdev);
      const std::string target = k_.readlinkat(Fd::cwd(), path);
      return is_magic(place, path) ? file.magic_link_to(target) : file.link_to(target);
    } catch (const SyscallError& e) {
      if (e.error() == ENOENT || e.error() == ENOTDIR) return std::nullopt;
      throw Errno{e.error()};
    }
  }

  std::vector<std::string> names(const std::string& path) const override {
    try {
      return k_.getdents64(
          k_.openat2(Fd::cwd(), path, Open::kReadOnly | Open::kDirectory, Resolve::kNoMagicLinks));
    } catch (const SyscallError&) {
      return {};  // closed to us; init may have a key
    }
  }

  std::string content(const std::string& path) const override {
    try {
      return read_text(
          k_, k_.openat2(Fd::cwd(), path, Open::kReadOnly | Open::kNonBlock | Open::kNoFollow,
                         Resolve::kNoMagicLinks));
    } catch (const SyscallError& e) {
      throw Errno{e.error()};
    }
  }

 private:
  UniqueFd look_at(const std::string& path) const {
    return k_.openat2(Fd::cwd(), path, Open::kPath | Open::kNoFollow, Resolve::kNoMagicLinks);
  }

  // All of proc's are but those in its root: /proc/mounts, /proc/net.
  bool is_magic(Fd link, const std::string& path) const {
    return k_.fstatfs(link) == PROC_SUPER_MAGIC && std::ranges::count(path, '/') > 2;
  }

  Dispatcher& k_;
};

std::string read_own(Dispatcher& k, const std::string& path, size_t limit = 1U << 20) {
  return read_text(k, k.openat2(Fd::cwd(), path, Open::kReadOnly, Resolve::kAnywhere), limit);
}

// The numbers after "Groups:" in /proc/self/status.
std::vector<gid_t> groups_in(std::string_view status) {
  std::vector<gid_t> groups;
  const size_t at = status.find("\nGroups:");
  if (at == status.npos) return groups;
  status.remove_prefix(status.find(':', at) + 1);
  status = status.substr(0, status.find('\n'));
  while (!status.empty()) {
    gid_t group = 0;
    const auto [end, error] = std::from_chars(status.data(), status.data() + status.size(), group);
    if (error == std::errc()) groups.push_back(group);
    status.remove_prefix(std::max<size_t>(1, static_cast<size_t>(end - status.data())));
  }
  return groups;
}

// What each new proc and sysfs holds is what the host's hold.
void mirror_system(const FakeOrigin& origin, FakeKernel& mirror) {
  for (const std::string name :
       {"acpi", "asound", "bus", "driver", "dynamic_debug", "fs", "irq", "latency_stats", "scsi",
        "sysrq-trigger", "kcore", "keys", "timer_list"}) {
    mirror.fresh("proc", "/" + name).missing();
  }
  for (const auto& [type, place] : {std::pair("proc", "/proc"), std::pair("sysfs", "/sys")}) {
    for (const std::string& name : origin.names(place)) {
      if (is_number(name) || name == "self") continue;
      if (const auto file = origin.find(std::string(place) + "/" + name)) {
        mirror.fresh(type, "/" + name) = *file;
      }
    }
  }
}

void mirror_self(Dispatcher& k, FakeKernel& mirror) {
  mirror.set_ids(k.getresuid(), k.getresgid());
  mirror.set_groups(groups_in(read_own(k, "/proc/self/status")));
  mirror.set_pid(k.getpid(), k.getppid());
  mirror.set_last_capability(k.last_capability());
  if (!k.can_replace_image()) mirror.forbid_image_replacement();
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    mirror.set_limit(k.getrlimit(resource));
  }
  for (const std::string link : {"exe", "cwd", "root"}) {
    const std::string path = "/proc/self/" + link;
    mirror.host(path).magic_link_to(k.readlinkat(Fd::cwd(), path));
  }
  for (int number = 0; number <= 2; ++number) mirror_descriptor(k, mirror, number);
  try {
    k.openat2(Fd::cwd(), kOwnTerminal, Open::kReadWrite | Open::kNoControllingTerminal,
              Resolve::kAnywhere);
  } catch (const SyscallError& e) {  // without a controlling terminal
    mirror.fail_call(std::string("openat2 ") + kOwnTerminal + " O_RDWR", e.error(),
                     FakeKernel::kAlways);
  }
}

}  // namespace

std::unique_ptr<FakeKernel> mirror_host(Dispatcher& k) {
  const auto origin = std::make_shared<HostOrigin>(k);
  auto mirror = std::make_unique<FakeKernel>(
      parse_mountinfo(read_own(k, "/proc/self/mountinfo", kMaxMountTable)), origin);
  mirror_system(*origin, *mirror);
  mirror_self(k, *mirror);
  return mirror;
}

void mirror_descriptor(Dispatcher& k, FakeKernel& mirror, int number) {
  if (!k.is_open(number)) return;
  const Fd file(number, "descriptor");
  const std::string link = k.readlinkat(Fd::cwd(), "/proc/self/fd/" + std::to_string(number));
  const FileStatus status = k.statx(file);
  try {
    const FileStatus found =
        k.statx(k.openat2(Fd::cwd(), link, Open::kPath | Open::kNoFollow, Resolve::kNoMagicLinks));
    if (found.dev == status.dev && found.ino == status.ino) {
      mirror.inherit_file(number, link);
      if (k.is_terminal(file)) mirror.set_terminal(number, link);
      return;
    }
  } catch (const SyscallError&) {
    // It has no name that we could find.
  } catch (const Errno&) {
    // Nor has the mirror.
  }
  mirror.inherit_object(number, link, status.mode);
}

}  // namespace kekkai::testing
