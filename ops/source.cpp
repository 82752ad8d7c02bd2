#include <kekkai/ops/source.h>

#include <errno.h>

namespace kekkai {
namespace {

constexpr mode_t kEnsuredMode = 0700;

}  // namespace

UniqueFd open_source(Dispatcher& k, const HostPath& path) {
  return k.openat2(Fd::cwd(), path.str(), Open::kPath, Resolve::kNoMagicLinks);
}

UniqueFd ensure_source_directory(Dispatcher& k, const HostPath& path) {
  try {
    return k.openat2(Fd::cwd(), path.str(), Open::kPath | Open::kDirectory, Resolve::kNoMagicLinks);
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT) throw;
  }
  std::string clean = path.str();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
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
