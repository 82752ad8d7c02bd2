#pragma once

#include "doctor_check.h"

#include <string>

namespace kekkai::cli {

/// One command or sentence that mends a call that failed on this machine; `call` as SyscallError
/// has it.
std::string remedy_for(const Machine& machine, const std::string& call, int error);

}  // namespace kekkai::cli
