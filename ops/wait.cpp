#include <kekkai/ops/contents.h>
#include <kekkai/ops/handed_in.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/wait.h>

#include <array>

namespace kekkai::ops {

void Wait::check() const { check_descriptor(descriptor); }

void Wait::early(SetupState& state, Dispatcher& /*k*/) {
  input = take_handed_in(state, descriptor);
}

void Wait::late(SetupState& /*state*/, Dispatcher& k) {
  const UniqueFd file = std::move(*input);
  std::array<std::byte, 1> byte{};
  read_waiting(k, file, byte);
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Wait, "wait")
