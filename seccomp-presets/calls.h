// The system calls of the architectures that filters can be made for, by name and by number.
#pragma once

#include <linux/audit.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kekkai::seccomp {

/// A filter can be made and looked at for each of them on any of them.
enum class Arch : uint8_t { kX86_64, kI386, kArm64 };  // NOLINT: its name is x86_64
inline constexpr Arch kArchs[] = {Arch::kX86_64, Arch::kI386, Arch::kArm64};

/// What this was compiled for.
#if defined(__x86_64__)
inline constexpr Arch kNativeArch = Arch::kX86_64;
#elif defined(__i386__)
inline constexpr Arch kNativeArch = Arch::kI386;
#elif defined(__aarch64__)
inline constexpr Arch kNativeArch = Arch::kArm64;
#else
#error "the system calls of this architecture are not in calls.inc"
#endif

/// "x86_64", "i386", "arm64".
std::string_view arch_name(Arch arch);
/// The value that a filter sees (seccomp(2)): AUDIT_ARCH_X86_64.
uint32_t audit_arch(Arch arch);
/// The one of that value, where its calls are known here.
std::optional<Arch> find_arch(uint32_t audit);
/// The architecture whose programs run beside those of `arch`, where their calls are known here.
std::optional<Arch> sibling_of(Arch arch);

/// x32 programs call with the native audit value and numbers from here on (syscall(2)).
inline constexpr uint32_t kX32Bit = 0x4000'0000;

/// A table of them is constant: a pointer to the name would have to be relocated in every process.
struct Call {
  char text[32];
  int x86_64, i386, arm64;

  static constexpr int kNone = -1;  ///< In place of a number: not there.
  /// As syscalls(2) and the headers of the kernel spell it.
  constexpr std::string_view name() const { return text; }
  constexpr int number(Arch arch) const {
    return arch == Arch::kX86_64 ? x86_64 : arch == Arch::kI386 ? i386 : arm64;
  }
};

/// Every call of Linux 6.18, the newest kernel that the presets were checked against, and those of
/// other architectures that a preset names. Sorted by name.
std::span<const Call> all_calls();
/// Those that an architecture has, in the order of their numbers: where they are in all_calls().
std::span<const uint16_t> calls_by_number(Arch arch);
/// The call of that name, or nullptr.
const Call* find_call(std::string_view name);
/// The call of that number, or nullptr.
const Call* find_call(Arch arch, uint32_t number);

/// On i386 some calls can also be made through another one, which takes a number as its first
/// argument and theirs in memory (socketcall(2), ipc(2)).
struct Multiplexed {
  std::string_view call;
  std::string_view through;
  uint32_t function;
};
std::span<const Multiplexed> multiplexed_calls();

}  // namespace kekkai::seccomp
