#include <kekkai/ops/chmod.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <fmt/format.h>

namespace kekkai::ops {
namespace {

constexpr uint32_t kPermissions = 07777;

}  // namespace

void Chmod::check() const {
  if (mode > kPermissions) {
    throw Refusal(fmt::format("a mode is at most 7777 in octal, and not {:o}", mode));
  }
}

void Chmod::apply(SetupState& state, Dispatcher& k) const { state.sysroot.chmod(k, path, mode); }

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Chmod, "chmod")
