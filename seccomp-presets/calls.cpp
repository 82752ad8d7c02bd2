#include <kekkai/seccomp-presets/calls.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace kekkai::seccomp {
namespace {

constexpr int kNone = Call::kNone;

#define CALL(name, x86_64, i386, arm64) Call{#name, x86_64, i386, arm64},
constexpr Call kCalls[] = {
#include "calls.inc"
};
#undef CALL
static_assert(std::ranges::is_sorted(kCalls, {}, &Call::name));

// linux/net.h, linux/ipc.h
constexpr Multiplexed kMultiplexed[] = {
    {"socket", "socketcall", 1},
    {"bind", "socketcall", 2},
    {"connect", "socketcall", 3},
    {"listen", "socketcall", 4},
    {"accept", "socketcall", 5},
    {"getsockname", "socketcall", 6},
    {"getpeername", "socketcall", 7},
    {"socketpair", "socketcall", 8},
    {"sendto", "socketcall", 11},
    {"recvfrom", "socketcall", 12},
    {"shutdown", "socketcall", 13},
    {"setsockopt", "socketcall", 14},
    {"getsockopt", "socketcall", 15},
    {"sendmsg", "socketcall", 16},
    {"recvmsg", "socketcall", 17},
    {"accept4", "socketcall", 18},
    {"recvmmsg", "socketcall", 19},
    {"sendmmsg", "socketcall", 20},
    {"semop", "ipc", 1},
    {"semget", "ipc", 2},
    {"semctl", "ipc", 3},
    {"semtimedop", "ipc", 4},
    {"msgsnd", "ipc", 11},
    {"msgrcv", "ipc", 12},
    {"msgget", "ipc", 13},
    {"msgctl", "ipc", 14},
    {"shmat", "ipc", 21},
    {"shmdt", "ipc", 22},
    {"shmget", "ipc", 23},
    {"shmctl", "ipc", 24},
};

using ByNumber = std::vector<std::pair<uint32_t, const Call*>>;

ByNumber by_number(Arch arch) {
  ByNumber calls;
  for (const Call& call : kCalls) {
    if (call.number(arch) != kNone) {
      calls.emplace_back(static_cast<uint32_t>(call.number(arch)), &call);
    }
  }
  std::ranges::sort(calls);
  return calls;
}

}  // namespace

std::string_view arch_name(Arch arch) {
  return arch == Arch::kX86_64 ? "x86_64" : arch == Arch::kI386 ? "i386" : "arm64";
}

uint32_t audit_arch(Arch arch) {
  return arch == Arch::kX86_64 ? AUDIT_ARCH_X86_64
         : arch == Arch::kI386 ? AUDIT_ARCH_I386
                               : AUDIT_ARCH_AARCH64;
}

std::optional<Arch> sibling_of(Arch arch) {
  return arch == Arch::kX86_64 ? std::optional(Arch::kI386) : std::nullopt;
}

std::span<const Call> all_calls() { return kCalls; }

const Call* find_call(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kCalls, name, {}, &Call::name);
  return found != std::end(kCalls) && found->name == name ? found : nullptr;
}

const Call* find_call(Arch arch, uint32_t number) {
  static const std::array<ByNumber, 3> kTables{by_number(kArchs[0]), by_number(kArchs[1]),
                                               by_number(kArchs[2])};
  const ByNumber& table = kTables.at(static_cast<size_t>(arch));
  const auto found = std::ranges::lower_bound(table, number, {}, &ByNumber::value_type::first);
  return found != table.end() && found->first == number ? found->second : nullptr;
}

std::span<const Multiplexed> multiplexed_calls() { return kMultiplexed; }

}  // namespace kekkai::seccomp
