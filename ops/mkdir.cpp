#include <kekkai/ops/mkdir.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <fmt/format.h>

namespace kekkai::ops {
namespace {

// mkdir(2) leaves set-user-id and set-group-id out without a word.
constexpr uint32_t kPermissions = 01777;

}  // namespace

void Mkdir::check() const {
  if ((mode & ~kPermissions) != 0) {
    throw Refusal(
        fmt::format("the mode of a new directory is at most 1777 in octal, and not {:o}", mode));
  }
}

void Mkdir::apply(SetupState& state, Dispatcher& k) const {
  state.sysroot.make_directory(k, path, mode);
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Mkdir, "mkdir")
