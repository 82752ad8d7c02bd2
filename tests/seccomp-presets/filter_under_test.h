// What the tests of filters share: every preset there is, and calls to ask a filter about.
#pragma once

#include <kekkai/seccomp-presets/presets.h>
#include <kekkai/testing/bpf_interpreter.h>

#include <linux/audit.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace kekkai::seccomp {

using Arguments = std::array<uint64_t, 6>;

inline seccomp_data call_of(uint32_t architecture, uint32_t number, const Arguments& arguments) {
  seccomp_data call{static_cast<int>(number), architecture, 0x7f00'1234'5678, {}};
  for (size_t i = 0; i < arguments.size(); ++i) call.args[i] = arguments[i];
  return call;
}

// A native call of which one argument matters.
inline seccomp_data native_call(uint32_t number, unsigned index = 0, uint64_t value = 0) {
  Arguments arguments{};
  arguments[index] = value;
  return call_of(AUDIT_ARCH_X86_64, number, arguments);
}

inline std::vector<Preset> all_presets() {
  std::vector<Preset> presets;
  for (unsigned bits = 0; bits < 32; ++bits) presets.push_back(static_cast<Preset>(bits));
  return presets;
}

inline testing::BpfInterpreter filter_of(Preset presets, const Options& options = {}) {
  return testing::BpfInterpreter(preset_program({presets, options}));
}

// What a filter says that gives this answer.
inline testing::FilterDecision decision_of(const Answer& answer) {
  using testing::FilterAction;
  switch (answer.action) {
    case Action::kAllow:
      return testing::kAllowed;
    case Action::kLog:
      return {FilterAction::kLog, 0};
    case Action::kErrno:
      return testing::refused(answer.error);
    case Action::kTrap:
      return {FilterAction::kTrap, 0};
    case Action::kKillThread:
      return {FilterAction::kKillThread, 0};
    case Action::kKillProcess:
      return {FilterAction::kKillProcess, 0};
    case Action::kNotify:
      return {FilterAction::kNotify, 0};
  }
  return {FilterAction::kTrace, 0};  // none of ours
}

inline std::string name_of(Preset presets) {
  std::string name = "common";
  const auto add = [&](Preset part, const char* text) {
    if (contains(presets, part)) name += text;
  };
  add(Preset::kExt, " ext");
  add(Preset::kDenyNs, " deny_ns");
  add(Preset::kDenyIds, " deny_ids");
  add(Preset::kDenyTty, " deny_tty");
  add(Preset::kDenyDevel, " deny_devel");
  return name;
}

}  // namespace kekkai::seccomp
