#include <kekkai/seccomp-presets/calls.h>

#include <algorithm>
#include <array>

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

// The calls that an architecture has, in the order of their numbers.
template <Arch arch>
constexpr auto sort_by_number() {
  constexpr auto kCount = static_cast<size_t>(
      std::ranges::count_if(kCalls, [](const Call& call) { return call.number(arch) != kNone; }));
  std::array<uint16_t, kCount> sorted{};
  size_t filled = 0;
  for (size_t i = 0; i < std::size(kCalls); ++i) {
    if (kCalls[i].number(arch) != kNone) sorted[filled++] = static_cast<uint16_t>(i);
  }
  std::ranges::sort(sorted, {}, [](uint16_t i) { return kCalls[i].number(arch); });
  return sorted;
}
constexpr auto kX86ByNumber = sort_by_number<Arch::kX86_64>();
constexpr auto kI386ByNumber = sort_by_number<Arch::kI386>();
constexpr auto kArm64ByNumber = sort_by_number<Arch::kArm64>();

}  // namespace

std::string_view arch_name(Arch arch) {
  return arch == Arch::kX86_64 ? "x86_64" : arch == Arch::kI386 ? "i386" : "arm64";
}

uint32_t audit_arch(Arch arch) {
  return arch == Arch::kX86_64 ? AUDIT_ARCH_X86_64
         : arch == Arch::kI386 ? AUDIT_ARCH_I386
                               : AUDIT_ARCH_AARCH64;
}

std::optional<Arch> find_arch(uint32_t audit) {
  for (const Arch arch : kArchs) {
    if (audit_arch(arch) == audit) return arch;
  }
  return std::nullopt;
}

std::optional<Arch> sibling_of(Arch arch) {
  return arch == Arch::kX86_64 ? std::optional(Arch::kI386) : std::nullopt;
}

std::span<const Call> all_calls() { return kCalls; }

const Call* find_call(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kCalls, name, {}, &Call::name);
  return found != std::end(kCalls) && found->name() == name ? found : nullptr;
}

std::span<const uint16_t> calls_by_number(Arch arch) {
  if (arch == Arch::kX86_64) return kX86ByNumber;
  if (arch == Arch::kI386) return kI386ByNumber;
  return kArm64ByNumber;
}

const Call* find_call(Arch arch, uint32_t number) {
  const auto number_of = [&](uint16_t index) {
    return static_cast<uint32_t>(kCalls[index].number(arch));
  };
  const auto calls = calls_by_number(arch);
  const auto found = std::ranges::lower_bound(calls, number, {}, number_of);
  return found != calls.end() && number_of(*found) == number ? &kCalls[*found] : nullptr;
}

std::span<const Multiplexed> multiplexed_calls() { return kMultiplexed; }

}  // namespace kekkai::seccomp
