#include <kekkai/testing/fault_injector.h>

namespace kekkai::testing {

void FaultInjector::fail(size_t index, int error) {
  const std::lock_guard lock(mutex_);
  failing_[index] = error;
}

std::vector<std::string> FaultInjector::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FaultInjector::before(const Call& call) {
  if (!call.can_fail) return;
  const std::lock_guard lock(mutex_);
  const auto planned = failing_.find(calls_.size());
  calls_.push_back(call.text);
  if (planned != failing_.end()) throw SyscallError(planned->second, call.text);
}

}  // namespace kekkai::testing
