// Programs that end, wait, catch signals, and leave processes behind.
#include "probe.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace probe {
namespace {

void exit(const Arguments& a) { ::_exit(std::atoi(a.at(0).c_str())); }

// die SIGNAL: by its default action, without leaving a core.
void die(const Arguments& a) {
  const int signo = std::atoi(a.at(0).c_str());
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::kill(::getpid(), signo);
  ::_exit(97);
}

[[noreturn]] void pause_for_ever() {
  for (;;) ::pause();
}

void hold(const Arguments& /*none*/) { pause_for_ever(); }

// Stops whatever is started next, as soon as it is there.
[[noreturn]] void stop_next(const Arguments& /*none*/) {
  const pid_t self = ::getpid();
  for (;;) {
    for (pid_t pid = self + 1; pid <= self + 3; ++pid) ::kill(pid, SIGSTOP);
  }
}

void ready(const Arguments& /*none*/) { say("ready", "yes"); }

// Goes on when stdin has ended.
void await_end_of_input(const Arguments& /*none*/) {
  char buffer[64];
  while (::read(0, buffer, sizeof buffer) > 0) {
  }
}

void ignore_signals() {
  for (int signo = 1; signo <= 64; ++signo) {
    if (signo != SIGCHLD) ::signal(signo, SIG_IGN);
  }
}

void ignore(const Arguments& /*none*/) { ignore_signals(); }

// collect N: says "ready", then each of N signals as it comes.
void collect(const Arguments& a) {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  say("ready", "yes");
  for (int n = std::atoi(a.at(0).c_str()); n > 0; --n) {
    int signo = 0;
    ::sigwait(&all, &signo);
    say("signal", ::sigabbrev_np(signo));
  }
}

// Answers every SIGTERM with one more child that ignores everything, ten at the most.
void fork_on_term(const Arguments& /*none*/) {
  ignore_signals();
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, nullptr);
  ::signal(SIGTERM, SIG_DFL);
  for (int forks = 0; forks < 10; ++forks) {
    if (::fork() == 0) pause_for_ever();
    say(forks == 0 ? "ready" : "forked", "yes");
    int signo = 0;
    ::sigwait(&term, &signo);
  }
  pause_for_ever();
}

// Leaves N processes that hold all descriptors, ignore what can be ignored, and never end.
void leave_behind(const Arguments& a) {
  for (int n = std::atoi(a.at(0).c_str()); n > 0; --n) {
    if (::fork() == 0) {
      ::setsid();
      ignore_signals();
      pause_for_ever();
    }
  }
}

// Leaves a process that ends with stdin, and says so.
void leave_until_end_of_input(const Arguments& a) {
  if (::fork() != 0) return;
  await_end_of_input(a);
  say("late", "yes");
  ::_exit(0);
}

// Goes on in another process, as daemons do, when its parent has ended.
void background(const Arguments& /*none*/) {
  if (::fork() != 0) ::_exit(0);
  ::setsid();
  while (::getppid() != 1) ::poll(nullptr, 0, 1);
}

bool is_alone() {
  for (const std::string& name : names_in("/proc")) {
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    if (name != "1" && name != std::to_string(::getpid())) return false;
  }
  return true;
}

// orphans N: as many processes whose parent has ended; a few at a time. Then waits until init has
// reaped them all.
void orphans(const Arguments& a) {
  const int wanted = std::atoi(a.at(0).c_str());
  int made = 0;
  while (made < wanted) {
    const pid_t parent = ::fork();
    if (parent < 0) break;
    if (parent == 0) {
      for (int n = 0; n < 8; ++n) {
        if (::fork() == 0) ::_exit(0);
      }
      ::_exit(0);
    }
    ::waitpid(parent, nullptr, 0);
    made += 8;
  }
  say("orphans", made);
  bool alone = false;
  for (int tries = 0; tries < 10'000 && !(alone = is_alone()); ++tries) ::poll(nullptr, 0, 1);
  say("alone", alone ? "yes" : "no");
}

// until PATH TEXT: waits, for ten seconds at most, until the file contains the text.
void until(const Arguments& a) {
  bool found = false;
  for (int tries = 0; tries < 10'000 && !found; ++tries) {
    found = contents_of(a.at(0)).find(a.at(1)) != std::string::npos;
    if (!found) ::poll(nullptr, 0, 1);
  }
  say("until." + a[0], found ? "yes" : "no");
}

void unshare(const Arguments& /*none*/) { say_result("unshare", ::unshare(CLONE_NEWUSER)); }

}  // namespace

void add_process_steps(Steps& steps) {
  steps.insert({{"exit", exit},
                {"die", die},
                {"hold", hold},
                {"stop-next", stop_next},
                {"ready", ready},
                {"await-end-of-input", await_end_of_input},
                {"ignore", ignore},
                {"collect", collect},
                {"fork-on-term", fork_on_term},
                {"leave-behind", leave_behind},
                {"leave-until-end-of-input", leave_until_end_of_input},
                {"background", background},
                {"orphans", orphans},
                {"until", until},
                {"unshare", unshare}});
}

void play_foreign_init() {
  // Its words come by stdin, and go to the status stream: the descriptor after the setup stream.
  const char* setup = ::getenv("KEKKAI_SETUP");
  const int status = std::atoi(setup != nullptr ? setup : "-2") + 1;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = ::read(0, buffer, sizeof buffer)) > 0) {
    if (::write(status, buffer, static_cast<size_t>(got)) != got) ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace probe
