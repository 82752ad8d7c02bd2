#include <kekkai/ops/bind.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/ops/source.h>

#include <errno.h>

namespace kekkai::ops {

void Bind::early(SetupState& /*state*/, Dispatcher& k) {
  UniqueFd found;
  try {
    found = ensure ? ensure_source_directory(k, source) : open_source(k, source);
  } catch (const SyscallError& e) {
    if (optional && e.error() == ENOENT) return;
    throw;
  }
  tree = clone_source(k, found, attributes(), slave ? Propagation::kSlave : Propagation::kPrivate);
}

void Bind::apply(SetupState& state, Dispatcher& k) {
  if (!*tree) return;
  state.sysroot.attach(k, std::move(*tree),
                       {.path = target, .attributes = attributes(), .slave = slave});
}

MountAttr Bind::attributes() const {
  MountAttr attr = MountAttr::kNoSuid;
  if (!writable) attr = attr | MountAttr::kReadOnly;
  if (!device) attr = attr | MountAttr::kNoDev;
  if (noexec) attr = attr | MountAttr::kNoExec;
  return attr;
}

std::string Bind::describe() const { return "bind " + source.str() + " on " + target.str(); }

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Bind, "bind")
