// Lets chosen calls fail, whatever Dispatcher makes the others. For sweeps: a first run tells which
// calls there are, and then each of them fails in a run of its own.
//
//     Kernel kernel;
//     FaultInjector undisturbed(kernel);
//     start_something(undisturbed);
//     for (size_t i = 0; i < undisturbed.calls().size(); ++i) {
//       for (const int error : plausible_errors(undisturbed.calls()[i])) {
//         FaultInjector k(kernel);
//         k.fail(i, error);  // and another one with the same k, for two faults in one run
//         EXPECT_THROW(start_something(k), SyscallError);
//       }
//     }
#pragma once

#include <kekkai/testing/interposer.h>

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace kekkai::testing {

class FaultInjector final : public Interposer {
 public:
  using Interposer::Interposer;

  /// The call with this index in calls() fails with `error`; what it was meant to do is not done.
  void fail(size_t index, int error);

  /// The calls so far that could fail, as a SyscallError spells them. Several threads may call; the
  /// order is that in which they came here.
  std::vector<std::string> calls() const;

 private:
  void before(const Call& call) override;

  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
  std::map<size_t, int> failing_;
};

}  // namespace kekkai::testing
