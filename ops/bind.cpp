#include <kekkai/ops/bind.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/ops/source.h>

#include <errno.h>

namespace kekkai::ops {

void Bind::check() const {
  if (!descriptor) return;
  if (*descriptor < 0) {
    throw Refusal("a descriptor is 0 or more, and not " + std::to_string(*descriptor));
  }
  if (optional || ensure) {
    throw Refusal("a bind of a descriptor is neither optional nor does it ensure anything");
  }
}

void Bind::early(SetupState& state, Dispatcher& k) {
  UniqueFd found;
  try {
    if (descriptor) {
      found = reopen_source(k, state.handed_in.at(*descriptor));
    } else {
      found = ensure ? ensure_source_directory(k, source) : open_source(k, source);
    }
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

std::vector<int> Bind::descriptors() const {
  return descriptor ? std::vector{*descriptor} : std::vector<int>();
}

std::string Bind::describe() const {
  const std::string what = descriptor ? "descriptor " + std::to_string(*descriptor) : source.str();
  return "bind " + what + " on " + target.str();
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Bind, "bind")
