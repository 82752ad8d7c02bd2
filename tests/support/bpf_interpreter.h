// Executes a seccomp filter without a kernel, so that a test can ask what it does with a call.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <iosfwd>
#include <span>
#include <stdexcept>
#include <vector>

namespace kekkai::testing {

/// A program that the kernel would not load, or one that does what it must not.
class MalformedProgram : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a filter returns, by the upper half of the value (seccomp(2)). As in the kernel, a value
/// that is none of the defined ones kills the process.
enum class FilterAction {
  kAllow,
  kErrno,
  kKillProcess,
  kKillThread,
  kLog,
  kNotify,
  kTrace,
  kTrap,
};

/// What a filter decided about one call.
struct FilterDecision {
  FilterAction action = FilterAction::kKillProcess;
  uint16_t data = 0;  ///< The lower half of the value: with kErrno, which.

  bool operator==(const FilterDecision&) const = default;
};

inline constexpr FilterDecision kAllowed{FilterAction::kAllow, 0};
constexpr FilterDecision refused(int error) {
  return {FilterAction::kErrno, static_cast<uint16_t>(error)};
}

/// "allow", "errno 1 (Operation not permitted)", "kill process": what gtest prints.
std::ostream& operator<<(std::ostream& out, const FilterDecision& decision);

/// A classic BPF program under the rules that seccomp adds (kernel/seccomp.c: no packet loads but
/// aligned words of seccomp_data).
class BpfInterpreter {
 public:
  /// Checks the program as the kernel does when it loads one. Throws MalformedProgram: no
  /// instruction or more than 4096, an unknown one, a jump beyond the end, no return at the end, a
  /// load outside of seccomp_data or of the scratch memory, a constant division by zero or shift by
  /// 32 or more.
  explicit BpfInterpreter(std::span<const sock_filter> program);

  /// Decides about one call. Throws MalformedProgram when scratch memory is read that was not
  /// written (the kernel sees that at load time, here it takes the path that does so).
  FilterDecision run(const seccomp_data& call) const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace kekkai::testing
