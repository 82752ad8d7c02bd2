// `kekkai doctor`: what of this machine works for Kekkai, what does not, and what mends it.
#pragma once

#include "answer.h"
#include "doctor_check.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace kekkai::cli {

/// A check, and what came of it.
struct Examined {
  Check check;
  Finding finding;
};

/// Tries them in order; one that is `after` another which has not worked is not tried. Throws
/// nothing that a check throws.
std::vector<Examined> examine(const Machine& machine, std::span<const Check> checks);

/// What `kekkai doctor ARGUMENT...` asks of a machine. Throws UsageError. Empty: it is --help.
std::function<Answer(Dispatcher& k)> parse_doctor(const std::vector<std::string>& arguments,
                                                  const Caller& caller);

}  // namespace kekkai::cli
