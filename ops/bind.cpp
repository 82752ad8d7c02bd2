#include <kekkai/ops/bind.h>
#include <kekkai/ops/handed_in.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/source.h>

#include <errno.h>

namespace kekkai::ops {

void Bind::check() const {
  if (magic_links && ensure) throw Refusal("what a magic link leads to cannot be made");
  if (!descriptor) return;
  check_descriptor(*descriptor);
  if (optional || ensure) {
    throw Refusal("a bind of a descriptor is neither optional nor does it ensure anything");
  }
}

void Bind::early(SetupState& state, Dispatcher& k) {
  UniqueFd found;
  try {
    if (descriptor) {
      found = reopen_source(k, handed_in(state, *descriptor));
    } else {
      found = ensure        ? ensure_source_directory(k, source)
              : magic_links ? k.openat2(Fd::cwd(), source.str(), Open::kPath, Resolve::kAnywhere)
                            : open_source(k, source);
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
