#include "corpus_attempt.h"

#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <system_error>

namespace kekkai::kernel_tests {

void Attempt::early(SetupState& state, Dispatcher& k) {
  tried = Ops::decode(encoded);
  try {
    (*tried)[0].early(state, k);
  } catch (const std::exception& e) {
    outcome = std::string(e.what());
  }
}

void Attempt::apply(SetupState& state, Dispatcher& k) {
  try {
    if ((*outcome).empty()) (*tried)[0].apply(state, k);
  } catch (const std::exception& e) {
    outcome = std::string(e.what());
  }
  *tried = Ops();  // and what a refused op still holds
  state.sysroot.symlink(k, (*outcome).empty() ? "worked" : *outcome, "/attempts/" + name);
}

void Exchange::early(SetupState& /*state*/, Dispatcher& /*k*/) const {
  if (::renameat2(AT_FDCWD, a.str().c_str(), AT_FDCWD, b.str().c_str(), RENAME_EXCHANGE) == 0) {
    return;
  }
  throw std::system_error(errno, std::generic_category(), "renameat2");
}

}  // namespace kekkai::kernel_tests

REGISTER_OP(kekkai::kernel_tests::Attempt, "test: attempt")
REGISTER_OP(kekkai::kernel_tests::Exchange, "test: exchange")
