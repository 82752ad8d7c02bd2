#include <kekkai/ops/refusal.h>
#include <kekkai/ops/source.h>

#include <errno.h>

#include <algorithm>
#include <array>

namespace kekkai {
namespace {

constexpr mode_t kEnsuredMode = 0700;

// Why a path of another mount namespace may not lead to the same file here.
bool is_elsewhere(int error) {
  constexpr std::array kReasons{ENOENT, ENOTDIR, ELOOP, EACCES, ENAMETOOLONG};
  return std::ranges::find(kReasons, error) != kReasons.end();
}

bool is_same_file(const FileStatus& a, const FileStatus& b) {
  return a.mode == b.mode && a.dev == b.dev && a.ino == b.ino && a.rdev == b.rdev;
}

}  // namespace

UniqueFd open_source(Dispatcher& k, const HostPath& path) {
  return k.openat2(Fd::cwd(), path.str(), Open::kPath, Resolve::kNoMagicLinks);
}

UniqueFd open_source_directory(Dispatcher& k, const HostPath& path) {
  return k.openat2(Fd::cwd(), path.str(), Open::kReadOnly | Open::kDirectory,
                   Resolve::kNoMagicLinks);
}

std::vector<std::string> names_in_order(Dispatcher& k, Fd directory) {
  std::vector<std::string> names = k.getdents64(directory);
  std::ranges::sort(names);
  return names;
}

UniqueFd try_reopen(Dispatcher& k, Fd file, const std::string& path) {
  UniqueFd found;
  try {
    found = k.openat2(Fd::cwd(), path, Open::kPath | Open::kNoFollow,
                      Resolve::kNoSymlinks | Resolve::kNoMagicLinks);
  } catch (const SyscallError& e) {
    if (!is_elsewhere(e.error())) throw;
    return {};
  }
  const FileStatus wanted = k.statx(file);
  return is_same_file(k.statx(found), wanted) ? std::move(found) : UniqueFd();
}

UniqueFd reopen_source(Dispatcher& k, Fd file) {
  const std::string path = k.readlinkat(Fd::cwd(), "/proc/self/fd/" + std::to_string(file.number));
  if (path.starts_with('/')) {
    if (UniqueFd found = try_reopen(k, file, path)) return found;
  }
  throw Refusal(std::string(file.label) + " leads to " + path +
                ", which cannot be found again by that name: only a file or directory that has one "
                "can be bound");
}

UniqueFd ensure_source_directory(Dispatcher& k, const HostPath& path) {
  std::string clean = path.str();
  while (clean.ends_with('/')) clean.pop_back();
  try {
    return k.openat2(Fd::cwd(), path.str(), Open::kPath | Open::kDirectory, Resolve::kNoMagicLinks);
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT || clean.empty()) throw;  // nobody can make the root
  }
  const size_t slash = clean.rfind('/');
  const UniqueFd parent =
      ensure_source_directory(k, slash == 0 ? HostPath("/") : HostPath(clean.substr(0, slash)));
  const std::string name = clean.substr(slash + 1);
  try {
    k.mkdirat(parent, name, kEnsuredMode);
  } catch (const SyscallError& e) {
    if (e.error() != EEXIST) throw;  // somebody else was faster, or it is a dangling link
  }
  return k.openat2(parent, name, Open::kPath | Open::kDirectory, Resolve::kNoMagicLinks);
}

UniqueFd clone_source(Dispatcher& k, Fd source, MountAttr attr, Propagation propagation) {
  // Recursive, because a clone that left submounts out would show what they hide: the kernel
  // refuses it in a user namespace.
  UniqueFd tree = k.open_tree(source, Reach::kRecursive);
  k.mount_setattr(tree, attr, propagation, Reach::kRecursive);
  return tree;
}

}  // namespace kekkai
