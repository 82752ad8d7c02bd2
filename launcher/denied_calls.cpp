#include <kekkai/launcher/denied_calls.h>
#include <kekkai/seccomp-presets/arguments.h>

#include <algorithm>
#include <array>

namespace kekkai {
namespace {

void make_asking(seccomp::Answer& answer) {
  if (answer.action == seccomp::Action::kErrno) answer = {seccomp::Action::kNotify, 0};
}

bool lets_through(const seccomp::Answer& answer) {
  return answer.action == seccomp::Action::kAllow || answer.action == seccomp::Action::kLog;
}

// Nobody answers yet when these are made.
void require_unconditionally(const seccomp::Policy& policy, std::string_view name) {
  bool decided = false;
  for (const seccomp::Rule& rule : policy.rules) {
    const seccomp::Call* const call = seccomp::find_call(rule.call);
    const auto number = std::to_string(seccomp::find_call(name)->number(seccomp::kNativeArch));
    if (decided || (rule.call != number && (call == nullptr || call->name() != name))) continue;
    if (!lets_through(rule.answer)) {
      throw seccomp::FilterError("the calls that it refuses cannot be told: a rule may refuse " +
                                 std::string(name) + ", which the start itself needs");
    }
    decided = rule.conditions.empty();
  }
  if (!decided && !lets_through(policy.otherwise)) {
    throw seccomp::FilterError("the calls that it refuses cannot be told: it does not allow " +
                               std::string(name) + ", which the start itself needs");
  }
}

std::optional<seccomp::Arch> arch_of(const seccomp_data& data) {
  const std::optional<seccomp::Arch> arch = seccomp::find_arch(data.arch);
  const bool is_x32 =
      arch == seccomp::Arch::kX86_64 && static_cast<uint32_t>(data.nr) >= seccomp::kX32Bit;
  return is_x32 ? std::nullopt : arch;
}

std::string name_of(const seccomp::Call* call, std::optional<seccomp::Arch> arch, int number) {
  const std::string name = call != nullptr ? std::string(call->name()) : std::to_string(number);
  if (!arch) return "foreign " + name;
  return *arch == seccomp::kNativeArch ? name : std::string(arch_name(*arch)) + " " + name;
}

}  // namespace

seccomp::Policy make_asking(seccomp::Policy policy) {
  require_unconditionally(policy, "execve");
  require_unconditionally(policy, "sendmsg");
  for (seccomp::Rule& rule : policy.rules) make_asking(rule.answer);
  make_asking(policy.otherwise);
  make_asking(policy.foreign);
  if (policy.unclassified) make_asking(*policy.unclassified);
  return policy;
}

std::optional<DeniedCall> DeniedCalls::take_next() {
  const std::optional<seccomp_notif> asked = k_.receive_notification(listener_);
  if (!asked) return std::nullopt;
  DeniedCall denied{.thread = static_cast<pid_t>(asked->pid),
                    .decision = seccomp::decide(policy_, asked->data),
                    .allowance = seccomp::narrowest_allowance(policy_, asked->data)};
  const std::optional<seccomp::Arch> arch = denied.arch = arch_of(asked->data);
  const auto number = static_cast<uint32_t>(asked->data.nr);
  const seccomp::Call* const call = arch ? seccomp::find_call(*arch, number) : nullptr;
  denied.call = name_of(call, arch, asked->data.nr);
  denied.arguments = seccomp::describe_arguments(
      call, asked->data, [&](uint64_t address) { return read_string(denied.thread, address); });
  try {
    const std::string path = "/proc/" + std::to_string(denied.thread) + "/comm";
    denied.program =
        read_text(k_, k_.openat2(Fd::cwd(), path, Open::kReadOnly, Resolve::kAnywhere));
    if (denied.program.ends_with('\n')) denied.program.pop_back();
  } catch (const SyscallError&) {
    // Its name is not what matters.
  }
  // Whoever asked was there all the time if it gets the answer: what was read was its own.
  const int error = denied.decision.answer.error;
  if (!k_.answer_notification(listener_, asked->id, error == 0 ? EPERM : error)) {
    return std::nullopt;
  }
  return denied;
}

// As much as a message needs. Never across the end of a page in one go: what follows may be none.
std::optional<std::string> DeniedCalls::read_string(pid_t pid, uint64_t address) {
  constexpr size_t kLongest = 256;
  constexpr uint64_t kPage = 4096;
  std::string text;
  std::array<std::byte, kLongest> buffer{};
  try {
    while (text.size() < kLongest) {
      const uint64_t from = address + text.size();
      const size_t size = std::min<uint64_t>(kLongest - text.size(), kPage - from % kPage);
      const size_t got = k_.read_memory(pid, from, std::span(buffer).first(size));
      const auto* const begin = reinterpret_cast<const char*>(buffer.data());  // NOLINT: text
      const std::string_view part(begin, got);
      text += part.substr(0, part.find('\0'));
      if (got < size || part.find('\0') != part.npos) return text;
    }
    return text + "...";
  } catch (const SyscallError&) {
    return std::nullopt;
  }
}

}  // namespace kekkai
