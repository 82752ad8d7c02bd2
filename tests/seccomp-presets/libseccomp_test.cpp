// Another compiler of filters as a witness: libseccomp knows the same calls, and makes of the rules
// that Flatpak has (2024) what our presets without extensions make.
#include "expected_policy.h"
#include "filter_under_test.h"

#include <asm/unistd_64.h>
#include <gtest/gtest.h>
#include <linux/personality.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace kekkai::seccomp {
namespace {

constexpr int kNewest = 450;  // the last call of Linux 5.17, which this libseccomp knows

void require(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": errno " + std::to_string(-result));
}

// A filter that libseccomp makes.
class Oracle {
 public:
  explicit Oracle(const Selection& selection) : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
    require(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
            "bad architectures");
    add_calls(selection);
    add_conditions(selection);
    add_families(selection.options);
  }

  testing::BpfInterpreter filter() const {
    const int file = ::memfd_create("filter", MFD_CLOEXEC);
    require(::seccomp_export_bpf(context_.get(), file), "export");
    Program program(static_cast<size_t>(::lseek(file, 0, SEEK_END)) / sizeof(sock_filter));
    const size_t size = program.size() * sizeof(sock_filter);
    if (::pread(file, program.data(), size, 0) != static_cast<ssize_t>(size)) program.clear();
    ::close(file);
    return testing::BpfInterpreter(program);
  }

 private:
  struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
  };

  void refuse(const char* call, int error, const std::vector<scmp_arg_cmp>& conditions = {}) {
    const int number = ::seccomp_syscall_resolve_name(call);
    require(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(static_cast<uint16_t>(error)),
                                     number, static_cast<unsigned>(conditions.size()),
                                     conditions.data()),
            call);
  }

  void add_calls(const Selection& selection) {
    for (const char* call :
         {"syslog", "uselib", "acct", "quotactl", "add_key", "keyctl", "request_key", "move_pages",
          "mbind", "get_mempolicy", "set_mempolicy", "migrate_pages", "modify_ldt"}) {
      refuse(call, EPERM);
    }
    if (contains(selection.presets, Preset::kDenyNs)) {
      for (const char* call :
           {"unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot"}) {
        refuse(call, EPERM);
      }
      for (const char* call : {"clone3", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount",
                               "fspick", "mount_setattr"}) {
        refuse(call, ENOSYS);
      }
    }
    if (contains(selection.presets, Preset::kDenyDevel)) {
      for (const char* call : {"perf_event_open", "ptrace"}) refuse(call, EPERM);
    }
  }

  void add_conditions(const Selection& selection) {
    if (contains(selection.presets, Preset::kDenyNs)) {
      refuse("clone", EPERM, {SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)});
    }
    if (contains(selection.presets, Preset::kDenyTty)) {
      refuse("ioctl", EPERM, {SCMP_A1(SCMP_CMP_MASKED_EQ, kLow32, TIOCSTI)});
      refuse("ioctl", EPERM, {SCMP_A1(SCMP_CMP_MASKED_EQ, kLow32, TIOCLINUX)});
    }
    if (contains(selection.presets, Preset::kDenyDevel)) {
      const scmp_datum_t allowed = selection.options.linux32 ? PER_LINUX32 : PER_LINUX;
      refuse("personality", EPERM, {SCMP_A0(SCMP_CMP_NE, allowed)});
    }
  }

  // A list of what is refused, and everything beyond the last family that is allowed.
  void add_families(const Options& options) {
    std::vector<uint32_t> allowed{AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK};
    if (options.can) allowed.push_back(AF_CAN);
    if (options.bluetooth) allowed.push_back(AF_BLUETOOTH);
    uint32_t family = 0;
    for (const uint32_t next : allowed) {
      for (; family < next; ++family) {
        refuse("socket", EAFNOSUPPORT, {SCMP_A0(SCMP_CMP_EQ, family)});
      }
      ++family;
    }
    refuse("socket", EAFNOSUPPORT, {SCMP_A0(SCMP_CMP_GE, family)});
  }

  std::unique_ptr<void, Release> context_;
};

// Words that differ from a family, a request or a flag by little. A family is looked at as 64 bits
// there and as the 32 that the kernel takes here, so that its high bits are not compared.
std::vector<uint64_t> words_for(uint32_t number) {
  std::vector<uint64_t> words;
  for (const uint64_t word : {uint64_t{0}, uint64_t{CLONE_NEWUSER}, uint64_t{TIOCSTI},
                              uint64_t{TIOCLINUX}, uint64_t{PER_LINUX32}, uint64_t{kLow32}}) {
    for (const uint64_t near : {word - 1, word, word + 1}) {
      words.push_back(near & kLow32);
      if (number != SYS_socket) words.insert(words.end(), {near | 1ull << 32, near | 1ull << 63});
    }
  }
  for (uint64_t family = 0; family < 64; ++family) words.push_back(family);
  return words;
}

TEST(Libseccomp, MakesTheSameOfTheRulesOfFlatpak) {
  for (unsigned set = 0; set < 64; ++set) {
    Selection selection{Preset::kCommon, {}};
    if ((set & 1) != 0) selection.presets = selection.presets | Preset::kDenyNs;
    if ((set & 2) != 0) selection.presets = selection.presets | Preset::kDenyTty;
    if ((set & 4) != 0) selection.presets = selection.presets | Preset::kDenyDevel;
    selection.options = {false, (set & 8) != 0, (set & 16) != 0, (set & 32) != 0};
    const testing::BpfInterpreter theirs = Oracle(selection).filter();
    const testing::BpfInterpreter ours(compile(preset_policy(selection), Arch::kX86_64));
    for (uint32_t number = 0; number <= kNewest; ++number) {
      for (const uint64_t word : {uint64_t{0}, uint64_t{kLow32}}) {
        const seccomp_data call = call_of(AUDIT_ARCH_X86_64, number, {word, word, word});
        ASSERT_EQ(ours.run(call), theirs.run(call)) << to_string(selection) << ": " << number;
      }
    }
    for (const uint32_t number : {SYS_clone, SYS_ioctl, SYS_personality, SYS_socket}) {
      for (const uint64_t word : words_for(number)) {
        const seccomp_data call = call_of(AUDIT_ARCH_X86_64, number, {word, word});
        ASSERT_EQ(ours.run(call), theirs.run(call))
            << to_string(selection) << ": " << number << ", 0x" << std::hex << word;
      }
    }
    for (const seccomp_data& call :
         {call_of(AUDIT_ARCH_I386, 20, {}), call_of(AUDIT_ARCH_X86_64, 0x4000'0001, {})}) {
      EXPECT_EQ(ours.run(call), theirs.run(call)) << "i386 or x32";
    }
  }
}

// A family is an int to the kernel: what stands above it must neither let one through nor keep one
// out. Flatpak's comparison keeps out, which is safe too.
TEST(Libseccomp, IsStricterOnlyAboutTheHighBitsOfAFamily) {
  const testing::BpfInterpreter theirs = Oracle({Preset::kCommon, {}}).filter();
  const testing::BpfInterpreter ours = filter_of(Preset::kCommon);
  const seccomp_data common = native_call(SYS_socket, 0, AF_INET | 1ull << 32);
  EXPECT_EQ(ours.run(common), testing::kAllowed);
  EXPECT_EQ(theirs.run(common), testing::refused(EAFNOSUPPORT));
  const seccomp_data rare = native_call(SYS_socket, 0, AF_VSOCK | 1ull << 32);
  EXPECT_EQ(ours.run(rare), theirs.run(rare));
}

struct Token {
  Arch arch;
  uint32_t token;
};
constexpr Token kTokens[] = {{Arch::kX86_64, SCMP_ARCH_X86_64},
                             {Arch::kI386, SCMP_ARCH_X86},
                             {Arch::kArm64, SCMP_ARCH_AARCH64}};

TEST(Libseccomp, KnowsTheCallsByTheSameNumbers) {
  for (const auto& [arch, token] : kTokens) {
    for (const Call& call : all_calls()) {
      const std::optional<uint32_t> expected = expected_number(arch, call.name());
      EXPECT_EQ(call.number(arch), expected ? static_cast<int>(*expected) : Call::kNone)
          << call.name() << " on " << arch_name(arch);
    }
  }
}

TEST(Libseccomp, KnowsNoNumberThatIsMissingHere) {
  for (const auto& [arch, token] : kTokens) {
    int found = 0;
    for (uint32_t number = 0; number < 600; ++number) {
      char* const name = ::seccomp_syscall_resolve_num_arch(token, static_cast<int>(number));
      if (name == nullptr) continue;
      const Call* const call = find_call(arch, number);
      ASSERT_NE(call, nullptr) << name << " on " << arch_name(arch);
      EXPECT_EQ(call->name(), name);
      EXPECT_EQ(find_call(name), call);
      ::free(name);  // NOLINT: libseccomp's
      ++found;
    }
    EXPECT_GT(found, 250) << arch_name(arch);
  }
}

// It gives what goes through a multiplexer a number below zero: -101 is the first function of
// socketcall(2), -201 that of ipc(2). send and recv are calls on no architecture of ours.
TEST(Libseccomp, NumbersTheFunctionsOfMultiplexersLikewise) {
  size_t found = 0;
  for (const auto& [through, base] : {std::pair("socketcall", 100), std::pair("ipc", 200)}) {
    for (int function = 1; function < 40; ++function) {
      char* const name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86, -base - function);
      if (name == nullptr) continue;
      const std::string call = name;
      ::free(name);  // NOLINT: libseccomp's
      if (call == "send" || call == "recv") continue;
      const auto ours = std::ranges::find(multiplexed_calls(), call, &Multiplexed::call);
      ASSERT_NE(ours, multiplexed_calls().end()) << call;
      EXPECT_EQ(ours->through, through) << call;
      EXPECT_EQ(ours->function, static_cast<uint32_t>(function)) << call;
      ++found;
    }
  }
  EXPECT_EQ(found, multiplexed_calls().size());
}

// The headers of the kernel: the macro of a call becomes its number, or stays a name.
#define KEKKAI_TEXT_OF(tokens) #tokens
#define KEKKAI_TEXT(tokens) KEKKAI_TEXT_OF(tokens)
#define CALL(name, x86_64, i386, arm64) {#name, KEKKAI_TEXT(__NR_##name)},
constexpr std::pair<std::string_view, std::string_view> kHeader[] = {
#include <kekkai/seccomp-presets/calls.inc>
};
#undef CALL

TEST(KernelHeaders, HaveTheSameNumbers) {
  int found = 0;
  for (const auto& [name, text] : kHeader) {
    int number = -1;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) continue;
    EXPECT_EQ(find_call(name)->number(Arch::kX86_64), number) << name;
    ++found;
  }
  EXPECT_GT(found, 350);
}

}  // namespace
}  // namespace kekkai::seccomp
