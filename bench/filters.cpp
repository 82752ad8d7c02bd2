// What a system call filter costs: making its program, loading it, and each call afterwards. Beside
// ours, libseccomp's of the same rules as a tree and as a list, and the filter of Flatpak 2024 made
// as Flatpak makes it, from the same facts (list of rules, libseccomp's defaults).
//
// Prints "CANDIDATE <tab> WHAT <tab> NUMBER", medians of so many rounds as it is told. The
// candidates take turns, each in a process of its own that has done nothing before.
#include <kekkai/seccomp-presets/presets.h>

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace kekkai::seccomp;  // NOLINT: a program of one file

namespace {

using Clock = std::chrono::steady_clock;

const Selection kStrict{};
const Selection kFlatpak{Preset::kDenyNs | Preset::kDenyTty | Preset::kDenyDevel, {}};

[[noreturn]] void fail(const char* what) {
  ::perror(what);
  ::exit(1);
}

void require(bool good, const char* what) {
  if (!good) fail(what);
}

scmp_arg_cmp comparison(const ArgCondition& condition) {
  if (condition.comparison == Comparison::kNotEqual) {
    return {condition.index, SCMP_CMP_NE, condition.value, 0};
  }
  return {condition.index, SCMP_CMP_MASKED_EQ, condition.mask, condition.value};
}

// libseccomp has no rule that allows: families are refused one by one, and all that come after.
void refuse_families(scmp_filter_ctx filter) {
  constexpr std::array kAllowed{AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK};
  for (int family = 0; family < AF_NETLINK; ++family) {
    if (std::ranges::find(kAllowed, family) != kAllowed.end()) continue;
    const scmp_arg_cmp is{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(family), 0};
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, is);
  }
  const scmp_arg_cmp later{0, SCMP_CMP_GT, AF_NETLINK, 0};
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, later);
}

Program made_by_libseccomp(const Selection& selection, uint32_t optimise) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  require(filter != nullptr, "seccomp_init");
  seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, optimise);
  for (const Rule& rule : preset_policy(selection).rules) {
    const int number = seccomp_syscall_resolve_name(rule.call.c_str());
    if (rule.call == "socket" || number < 0) continue;
    const auto answer = SCMP_ACT_ERRNO(static_cast<uint32_t>(rule.answer.error));
    if (rule.conditions.empty()) {
      seccomp_rule_add_array(filter, answer, number, 0, nullptr);
    } else {
      const scmp_arg_cmp condition = comparison(rule.conditions.front());
      seccomp_rule_add_array(filter, answer, number, 1, &condition);
    }
  }
  refuse_families(filter);
  const int fd = ::memfd_create("filter", MFD_CLOEXEC);
  require(fd >= 0 && seccomp_export_bpf(filter, fd) == 0, "seccomp_export_bpf");
  Program program(static_cast<size_t>(::lseek(fd, 0, SEEK_END)) / sizeof(sock_filter));
  const size_t size = program.size() * sizeof(sock_filter);
  require(::pread(fd, program.data(), size, 0) == static_cast<ssize_t>(size), "pread");
  ::close(fd);
  seccomp_release(filter);
  return program;
}

struct Candidate {
  const char* name;
  std::function<Program()> make;
};

const Candidate kCandidates[] = {
    {"no filter", [] { return Program(); }},
    {"kekkai, strict", [] { return preset_program(kStrict); }},
    {"kekkai, strict, compiled", [] { return compile(preset_policy(kStrict)); }},
    {"libseccomp tree, strict", [] { return made_by_libseccomp(kStrict, 2); }},
    {"libseccomp list, strict", [] { return made_by_libseccomp(kStrict, 1); }},
    {"kekkai, Flatpak's rules", [] { return preset_program(kFlatpak); }},
    {"Flatpak 2024", [] { return made_by_libseccomp(kFlatpak, 1); }},
};

struct Call {
  const char* name;
  long (*make)();
};

// Calls that fail at once, but for getppid: what is seen is the way into the kernel and back.
const Call kCalls[] = {
    {"getppid", [] { return ::syscall(SYS_getppid); }},
    {"read", [] { return ::syscall(SYS_read, -1, nullptr, 0); }},
    {"openat", [] { return ::syscall(SYS_openat, -1, "", 0); }},
    {"ioctl", [] { return ::syscall(SYS_ioctl, -1, TCGETS, nullptr); }},
    {"socket", [] { return ::syscall(SYS_socket, AF_UNIX, -1, 0); }},
    {"clone", [] { return ::syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0); }},
};

double nanoseconds(Clock::duration time) {
  return std::chrono::duration<double, std::nano>(time).count();
}

void load(const Program& program) {
  const sock_fprog prog{static_cast<unsigned short>(program.size()),
                        const_cast<sock_filter*>(program.data())};  // NOLINT: the kernel reads
  require(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0, "seccomp");
}

constexpr size_t kFigures = 3 + std::size(kCalls);
using Figures = std::array<double, kFigures>;

Figures measure(const Candidate& candidate) {
  constexpr int kTimes = 5000;
  Figures figures{};
  Clock::now();  // whose first call is slow in a new process
  const auto begin = Clock::now();
  const Program program = candidate.make();
  const auto made = Clock::now();
  if (!program.empty()) load(program);
  figures[0] = static_cast<double>(program.size());
  figures[1] = nanoseconds(made - begin);
  figures[2] = nanoseconds(Clock::now() - made);
  for (size_t i = 0; i < std::size(kCalls); ++i) {
    const auto start = Clock::now();
    for (int n = 0; n < kTimes; ++n) kCalls[i].make();
    figures[3 + i] = nanoseconds(Clock::now() - start) / kTimes;
  }
  return figures;
}

// In a process of its own, executed anew: a filter never goes away again, and a start of Kekkai has
// made no filter before either.
Figures measure_apart(const char* self, size_t candidate) {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string index = std::to_string(candidate);
  std::array<char*, 4> words{const_cast<char*>(self), const_cast<char*>("measure"),  // NOLINT
                             index.data(), nullptr};
  pid_t child = 0;
  require(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, words.data(), environ) == 0,
          "posix_spawn");
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  Figures figures{};
  const bool complete = ::read(ends[0], figures.data(), sizeof figures) == sizeof figures;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!complete || status != 0) {
    ::fprintf(stderr, "bench_filters: %s could not be measured\n", kCandidates[candidate].name);
    ::exit(1);
  }
  return figures;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    const Figures figures = measure(kCandidates[::atoi(argv[2])]);  // NOLINT: we gave it
    return ::write(STDOUT_FILENO, figures.data(), sizeof figures) == sizeof figures ? 0 : 1;
  }
  const int rounds = argc > 1 ? std::max(1, ::atoi(argv[1])) : 201;  // NOLINT: bench/run gives it
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl");
  std::map<std::string, std::array<std::vector<double>, kFigures>> all;
  for (int round = 0; round < rounds; ++round) {
    for (size_t candidate = 0; candidate < std::size(kCandidates); ++candidate) {
      const Figures figures = measure_apart(argv[0], candidate);
      auto& values = all[kCandidates[candidate].name];
      for (size_t i = 0; i < kFigures; ++i) values[i].push_back(figures.at(i));
    }
  }
  for (const Candidate& candidate : kCandidates) {
    const auto& figures = all[candidate.name];
    ::printf("%s\tinstructions\t%.0f\n", candidate.name, median(figures[0]));
    ::printf("%s\tmake\t%.0f\n", candidate.name, median(figures[1]));
    ::printf("%s\tload\t%.0f\n", candidate.name, median(figures[2]));
    for (size_t i = 0; i < std::size(kCalls); ++i) {
      ::printf("%s\t%s\t%.1f\n", candidate.name, kCalls[i].name, median(figures[3 + i]));
    }
  }
  return 0;
}
