// Private to the FakeKernel's own files: how one call is recorded and carried out.
#pragma once

#include <kekkai/simulation/fake_kernel.h>

namespace kekkai::testing {

// "CAP_CHOWN|CAP_KILL"; "none" for an empty set.
std::string capability_names(uint64_t set);

// `call` is what an error says, `call` + `operands` what the transcript does.
template <class Run>
auto FakeKernel::step(const std::string& call, const std::string& operands, Run run) {
  begin(call, call + operands);
  try {
    return run();
  } catch (const Errno& e) {
    fail(call, e.value);
  }
}

}  // namespace kekkai::testing
