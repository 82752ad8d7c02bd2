// What Sysroot makes and changes that is no mount.
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/sysroot.h>

#include <errno.h>
#include <sys/stat.h>

namespace kekkai {
namespace {

// Neither waits, nor makes a terminal ours, should something else be there by then.
constexpr Open kAtOnce = Open::kNonBlock | Open::kNoControllingTerminal;

// Whether the link is there already; another file is in its way.
bool has_link(Dispatcher& k, Fd parent, const ContainerPath& path, const std::string& target) {
  try {
    if (k.readlinkat(parent, path.name()) == target) return true;
  } catch (const SyscallError& e) {
    if (e.error() == ENOENT) return false;
    if (e.error() != EINVAL) throw;  // it is no link
  }
  throw Refusal(path.str() + " exists already, and is not this link");
}

void link_in(Dispatcher& k, Fd parent, const std::string& target, const ContainerPath& path) {
  try {
    k.symlinkat(target, parent, path.name());
  } catch (const SyscallError& e) {
    if (e.error() != EEXIST || !has_link(k, parent, path, target)) throw;
  }
}

}  // namespace

void Sysroot::require_may_change(const FileStatus& file, const ContainerPath& path) const {
  if (host_changes_ == HostChanges::kInWritableBinds || !is_on_host(file)) return;
  throw Refusal(path.str() +
                " is on the host, and nothing is changed there: change it there, or choose a "
                "path below a tmpfs");
}

// A descriptor that is only good for looking at a file (O_PATH) changes nothing of it.
UniqueFd Sysroot::reopen(Dispatcher& k, const ContainerPath& path, Open access,
                         const FileStatus& known) const {
  UniqueFd file = resolve(k, path.relative(), access | kAtOnce);
  if (!is_same_place(k.statx(file), known)) {
    throw Refusal(path.str() + " was exchanged while the container was built");
  }
  return file;
}

void Sysroot::symlink(Dispatcher& k, const std::string& target, const ContainerPath& path) {
  if (workplace_ && workplace_->path == path.parent().relative()) {
    return link_in(k, workplace_->directory, target, path);
  }
  UniqueFd parent =
      open_or_create(k, path.parent().relative(), {MountPoint::kDirectory, parent_mode_}, kMaxLinks)
          .place;
  const FileStatus status = k.statx(parent);
  if (!may_create(status)) {
    if (!has_link(k, parent, path, target)) require_may_create(status, path.relative());
    return;
  }
  try {
    link_in(k, parent, target, path);
  } catch (const SyscallError& e) {
    explain(e, status, path.relative());
    throw;
  }
  if (!is_on_host(status)) {
    workplace_ = {path.parent().relative(), std::move(parent), status.mount_id};
  }
}

UniqueFd Sysroot::open_emptied(Dispatcher& k, const ContainerPath& path, mode_t mode) {
  Opened file = open_or_create(k, path.relative(), {MountPoint::kFile, mode}, kMaxLinks);
  if (file.made_on) return std::move(file.place);
  const FileStatus status = k.statx(file.place);
  if (!S_ISREG(status.mode)) {
    throw Refusal(path.str() + " is there already, and is no ordinary file that could be replaced");
  }
  require_may_change(status, path);
  try {
    UniqueFd writable = reopen(k, path, Open::kWriteOnly, status);
    k.empty_file(writable);
    return writable;
  } catch (const SyscallError& e) {
    explain(e, status, path.relative());
    throw;
  }
}

void Sysroot::chmod(Dispatcher& k, const ContainerPath& path, mode_t mode) {
  const FileStatus status = k.statx(open(k, path));
  if (!S_ISREG(status.mode) && !S_ISDIR(status.mode)) {
    throw Refusal(path.str() + " is neither a file nor a directory, and keeps its mode");
  }
  require_may_change(status, path);
  try {
    k.fchmod(reopen(k, path, Open::kReadOnly, status), mode);
  } catch (const SyscallError& e) {
    explain(e, status, path.relative());
    throw;
  }
}

}  // namespace kekkai
