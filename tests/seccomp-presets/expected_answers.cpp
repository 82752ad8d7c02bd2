#include "expected_answers.h"

#include <linux/personality.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace kekkai::seccomp {

using testing::kAllowed;
using testing::refused;

ExpectedAnswers::ExpectedAnswers(const Selection& selection, Arch arch)
    : selection_(selection), arch_(arch) {
  for (const auto& [number, name] : expected_names(arch)) {
    const auto row = std::ranges::find(refused_calls(), name, &RefusedCall::call);
    if (row != refused_calls().end()) {
      if (is_in_force(*row, selection)) refused_[number] = row->error;
    } else if (std::ranges::find(kConditionalCalls, name) != std::end(kConditionalCalls)) {
      conditional_[number] = name;
    }
  }
}

testing::FilterDecision ExpectedAnswers::to(uint32_t number,
                                            const std::array<uint64_t, 6>& arguments) const {
  if (number == 0xffff'ffff) return kAllowed;
  if (arch_ == Arch::kX86_64 && number >= 0x4000'0000) return refused(ENOSYS);
  if (const auto row = refused_.find(number); row != refused_.end()) return refused(row->second);
  if (const auto row = conditional_.find(number); row != conditional_.end()) {
    return to_conditional(row->second, arguments);
  }
  const bool is_known = expected_names(arch_).contains(number);
  return !is_known && contains(selection_.presets, Preset::kStrict) ? refused(ENOSYS) : kAllowed;
}

testing::FilterDecision ExpectedAnswers::to_conditional(
    std::string_view call, const std::array<uint64_t, 6>& arguments) const {
  const auto has = [&](Preset preset) { return contains(selection_.presets, preset); };
  if (call == "clone") {
    const bool is_new_user = (arguments[0] & CLONE_NEWUSER) != 0;
    return has(Preset::kDenyNs) && is_new_user ? refused(EPERM) : kAllowed;
  }
  if (call == "ioctl") {
    const auto request = static_cast<uint32_t>(arguments[1]);
    const bool types = request == TIOCSTI || request == TIOCLINUX;
    return has(Preset::kDenyTty) && types ? refused(EPERM) : kAllowed;
  }
  if (call == "personality") {
    const uint64_t allowed = selection_.options.linux32 ? PER_LINUX32 : PER_LINUX;
    return has(Preset::kDenyDevel) && arguments[0] != allowed ? refused(EPERM) : kAllowed;
  }
  if (call == "socketpair" && !has(Preset::kStrict)) return kAllowed;
  switch (static_cast<uint32_t>(arguments[0])) {
    case AF_UNSPEC:
    case AF_LOCAL:
    case AF_INET:
    case AF_INET6:
    case AF_NETLINK:
      return kAllowed;
    case AF_CAN:
      return selection_.options.can ? kAllowed : refused(EAFNOSUPPORT);
    case AF_BLUETOOTH:
      return selection_.options.bluetooth ? kAllowed : refused(EAFNOSUPPORT);
    default:
      return refused(EAFNOSUPPORT);
  }
}

}  // namespace kekkai::seccomp
