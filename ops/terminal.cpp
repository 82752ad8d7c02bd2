#include <kekkai/ops/source.h>
#include <kekkai/ops/terminal.h>

namespace kekkai {
namespace {

bool is_same_file(const FileStatus& a, const FileStatus& b) {
  return a.mode == b.mode && a.dev == b.dev && a.ino == b.ino && a.rdev == b.rdev;
}

// A descriptor that comes from another mount namespace cannot be cloned. The path that it had there
// is only a hint, and anybody may have changed what is at it: it has to be the very same file.
UniqueFd find_again(Dispatcher& k, Fd file, const std::string& path) {
  UniqueFd found;
  try {
    found = k.openat2(Fd::cwd(), path, Open::kPath | Open::kNoFollow,
                      Resolve::kNoSymlinks | Resolve::kNoMagicLinks);
  } catch (const SyscallError&) {
    return {};  // then it is not there
  }
  const FileStatus wanted = k.statx(file);
  return is_same_file(k.statx(found), wanted) ? std::move(found) : UniqueFd();
}

}  // namespace

UniqueFd clone_console(Dispatcher& k) {
  for (const Fd stdio : {Fd(0, "stdin"), Fd(1, "stdout"), Fd(2, "stderr")}) {
    if (!k.is_terminal(stdio)) continue;
    const std::string path =
        k.readlinkat(Fd::cwd(), "/proc/self/fd/" + std::to_string(stdio.number));
    // The other one: where the caller is in a container with this terminal itself.
    for (const std::string& candidate : {path, std::string("/dev/console")}) {
      if (const UniqueFd found = find_again(k, stdio, candidate)) {
        return clone_source(k, found, MountAttr::kNoSuid | MountAttr::kNoExec);
      }
    }
  }
  return {};
}

}  // namespace kekkai
