// System calls by their numbers, for what a filter says about them.
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace probe {
namespace {

struct Call {
  std::string key;
  std::array<unsigned long, 7> words;  // the number, and six arguments
};

// KEY:NUMBER[:ARGUMENT...]; arguments that are not there are all ones, with which no call that a
// test makes does anything.
Call parse(const std::string& text) {
  Call call{text.substr(0, text.find(':')), {}};
  call.words.fill(~0UL);
  size_t at = text.find(':');
  for (unsigned long& word : call.words) {
    if (at == text.npos) break;
    word = std::strtoul(text.c_str() + at + 1, nullptr, 0);
    at = text.find(':', at + 1);
  }
  return call;
}

void leave_no_core() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

// calls CALL...: makes each of them, and says its errno.
void calls(const Arguments& a) {
  leave_no_core();
  const pid_t self = ::getpid();
  for (const std::string& text : a) {
    const auto [key, w] = parse(text);
    const long result = ::syscall(static_cast<long>(w[0]), w[1], w[2], w[3], w[4], w[5], w[6]);
    if (::getpid() != self) ::_exit(0);  // what clone has made
    say_result(key, result);
  }
}

sigjmp_buf before_entry;

void go_back(int /*signo*/) { ::siglongjmp(before_entry, 1); }

// i386-calls CALL...: the same through the entry of i386, with three arguments at most.
void i386_calls(const Arguments& a) {
  struct sigaction action {};
  action.sa_handler = go_back;
  ::sigaction(SIGSEGV, &action, nullptr);  // where the kernel has no such entry
  for (const std::string& text : a) {
    const auto [key, w] = parse(text);
    if (::sigsetjmp(before_entry, 1) != 0) {
      say(key, "no entry");
      continue;
    }
#if defined(__x86_64__)
    int result = 0;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(w[0]), "b"(w[1]), "c"(w[2]), "d"(w[3])
                     : "memory", "r8", "r9", "r10", "r11");
    errno = -result;
    say_result(key, result);
#else
    say(key, "no entry");
#endif
  }
}

volatile sig_atomic_t trapped_call = -1;

void note_trap(int /*signo*/, siginfo_t* info, void* /*context*/) {
  trapped_call = info->si_syscall;
}

// trap CALL: the number that SIGSYS tells.
void trap(const Arguments& a) {
  struct sigaction action {};
  action.sa_sigaction = note_trap;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSYS, &action, nullptr);
  const Call call = parse(a.at(0));
  ::syscall(static_cast<long>(call.words[0]), call.words[1], call.words[2], call.words[3]);
  say(call.key, trapped_call);
}

// own PATH: makes a file, and gives it to whom it belongs already.
void own(const Arguments& a) {
  const int fd = ::open(a.at(0).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  say_result("fchown", ::fchown(fd, ::getuid(), ::getgid()));
  say_result("chown", ::chown(a[0].c_str(), ::getuid(), ::getgid()));
  ::close(fd);
}

}  // namespace

void add_call_steps(Steps& steps) {
  steps.insert({{"calls", calls}, {"i386-calls", i386_calls}, {"trap", trap}, {"own", own}});
}

}  // namespace probe
