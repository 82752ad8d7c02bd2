#include <kekkai/ops/contents.h>
#include <kekkai/ops/dev.h>
#include <kekkai/ops/mqueue.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/source.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <string_view>

namespace kekkai::ops {
namespace {

struct Node {
  std::string_view name;
  unsigned major;
  unsigned minor;
};
// Numbers of the kernel's admin-guide/devices.txt.
constexpr std::array<Node, 6> kNodes{{{"null", 1, 3},
                                      {"zero", 1, 5},
                                      {"full", 1, 7},
                                      {"random", 1, 8},
                                      {"urandom", 1, 9},
                                      {"tty", 5, 0}}};

struct Link {
  std::string_view name;
  const char* target;
};
constexpr std::array<Link, 6> kLinks{{{"fd", "/proc/self/fd"},
                                      {"stdin", "/proc/self/fd/0"},
                                      {"stdout", "/proc/self/fd/1"},
                                      {"stderr", "/proc/self/fd/2"},
                                      {"core", "/proc/kcore"},
                                      {"ptmx", "pts/ptmx"}}};

// What the first terminal of a devpts is called.
constexpr const char* kFirstTerminal = "pts/0";

constexpr MountAttr kNodeAttributes = MountAttr::kNoSuid | MountAttr::kNoExec;
constexpr MountAttr kTmpfsAttributes = kNodeAttributes | MountAttr::kNoDev;
constexpr MountAttr kShmAttributes = MountAttr::kNoSuid | MountAttr::kNoDev;

// Opened once and checked on the descriptor: a node that was replaced by a link or by another
// device would be the host's disk in the container.
UniqueFd open_node(Dispatcher& k, const Node& node) {
  const HostPath path("/dev/" + std::string(node.name));
  UniqueFd fd = open_source(k, path);
  const FileStatus status = k.statx(fd);
  if (!S_ISCHR(status.mode) || status.rdev != makedev(node.major, node.minor)) {
    throw Refusal(path.str() + " of the host is not the character device " +
                  std::to_string(node.major) + ":" + std::to_string(node.minor));
  }
  return fd;
}

// Opened on the new file system itself, before there is a path that could lead elsewhere.
void make_terminal(Dispatcher& k, SetupState& state, Fd devpts) {
  state.pty = k.openat2(devpts, "ptmx", Open::kReadWrite | Open::kNoControllingTerminal,
                        Resolve::kBeneath | Resolve::kNoSymlinks);
}

// A mount of its own remains writable where the rest does not.
void make_shm(Sysroot& sysroot, Dispatcher& k, const Dev& dev) {
  const ContainerPath shm = dev.path / "shm";
  if (!dev.read_only) return sysroot.make_directory(k, shm, 01777);
  sysroot.attach(k, make_file_system(k, "tmpfs", {{"mode", "1777"}}, kShmAttributes),
                 {.path = shm, .attributes = kShmAttributes, .contents = Contents::kOwn});
}

}  // namespace

void Dev::early(SetupState& state, Dispatcher& k) {
  std::vector<UniqueFd> mounts;
  mounts.reserve(kNodes.size());
  for (const Node& node : kNodes) {
    mounts.push_back(clone_source(k, open_node(k, node), kNodeAttributes));
  }
  nodes = std::move(mounts);
  if (state.terminal == Terminal::kKept) console = clone_console(k);
}

void Dev::apply(SetupState& state, Dispatcher& k) {
  Sysroot& sysroot = state.sysroot;
  sysroot.attach(
      k, make_file_system(k, "tmpfs", {{"mode", "755"}}, kTmpfsAttributes),
      {.path = path,
       .attributes = read_only ? kTmpfsAttributes | MountAttr::kReadOnly : kTmpfsAttributes,
       .contents = Contents::kOwn,
       .sealed = read_only});
  for (size_t i = 0; i < kNodes.size(); ++i) {
    sysroot.attach(k, std::move((*nodes)[i]),
                   {.path = path / kNodes[i].name, .attributes = kNodeAttributes});
  }
  for (const Link& link : kLinks) sysroot.symlink(k, link.target, path / link.name);
  // No gid: under a map of a single id there is no group tty to give terminals to.
  UniqueFd devpts =
      make_file_system(k, "devpts", {{"ptmxmode", "0666"}, {"mode", "0620"}}, kNodeAttributes);
  if (state.terminal == Terminal::kOwn && !state.pty) {
    make_terminal(k, state, devpts);
    sysroot.symlink(k, kFirstTerminal, path / "console");
  }
  sysroot.attach(k, std::move(devpts), {.path = path / "pts", .attributes = kNodeAttributes});
  if (*console) {
    sysroot.attach(k, std::move(*console),
                   {.path = path / "console", .attributes = kNodeAttributes});
  }
  if (mqueue) Mqueue{path / "mqueue"}.apply(state, k);
  make_shm(sysroot, k, *this);
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Dev, "dev")
