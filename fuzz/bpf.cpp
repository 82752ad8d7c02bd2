#include "promises.h"
#include "reference_bpf.h"
#include "targets.h"

#include <kekkai/testing/bpf_interpreter.h>

#include <optional>
#include <vector>

namespace kekkai {
namespace {

using testing::FilterAction;

// What seccomp(2) makes of a value that a filter returns.
testing::FilterDecision decision_of(uint32_t value) {
  const auto data = static_cast<uint16_t>(value);
  switch (value >> 16) {
    case 0x0000:
      return {FilterAction::kKillThread, data};
    case 0x0003:
      return {FilterAction::kTrap, data};
    case 0x0005:
      return {FilterAction::kErrno, data};
    case 0x7fc0:
      return {FilterAction::kNotify, data};
    case 0x7ff0:
      return {FilterAction::kTrace, data};
    case 0x7ffc:
      return {FilterAction::kLog, data};
    case 0x7fff:
      return {FilterAction::kAllow, data};
    default:
      return {FilterAction::kKillProcess, data};
  }
}

std::optional<testing::BpfInterpreter> load(const std::vector<sock_filter>& program) {
  try {
    return testing::BpfInterpreter(program);
  } catch (const testing::MalformedProgram& e) {
    require_harmless(e.what());
    return std::nullopt;
  }
}

}  // namespace

void fuzz_bpf(std::string_view bytes) {
  seccomp_data call{};
  bytes.remove_prefix(bytes.copy(reinterpret_cast<char*>(&call), sizeof call));
  std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
  bytes.copy(reinterpret_cast<char*>(program.data()), program.size() * sizeof(sock_filter));
  const std::optional<testing::BpfInterpreter> loaded = load(program);
  require(loaded.has_value() == is_checked_program(program));
  if (!loaded) return;
  try {
    const testing::FilterDecision decision = loaded->run(call);
    require(decision == decision_of(execute(program, call)));
  } catch (const testing::MalformedProgram&) {
    require(!writes_before_it_reads(program));
  }
}

}  // namespace kekkai
