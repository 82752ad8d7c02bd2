// An init that is a copy of its launcher, and no program of its own.
#include "box.h"

#include <sys/stat.h>

#include <fstream>

namespace kekkai::kernel_tests {
namespace {

// The program file of this process is root's where others test, too.
bool can_change_own_program() {
  struct stat program {};
  EXPECT_EQ(::stat(own_path().c_str(), &program), 0);
  return program.st_uid == ::geteuid() || ::access(own_path().c_str(), W_OK) == 0;
}

std::string words_of(pid_t pid, const char* file_name = "cmdline") {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + file_name);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CopiedInit : public KernelTest {
 protected:
  Box copying(Box box) {
    box.settings.init.copy = argv_.data();
    return box;
  }

 private:
  std::string word_ = "words of the launcher";
  std::array<char*, 2> argv_{word_.data(), nullptr};
};

// What an executed one has, a copy has not: the variable that names the setup stream.
TEST_F(CopiedInit, ExecutesNothing) {
  Running running(copying(bare_box().steps({"ready", "--", "await-end-of-input"})));
  running.expect_line("ready=yes");
  const pid_t init = running.container().init_pid();
  const std::string words = words_of(init);
  if (can_change_own_program()) {
    EXPECT_EQ(words, std::string("kekkai-init\0", 12));
    if (::geteuid() == 0) {
      EXPECT_EQ(words_of(init, "environ"), "");
    }
  } else {
    EXPECT_EQ(words, words_of(::getpid())) << "it has our memory, and those are not our own words";
  }
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
}

TEST_F(CopiedInit, MakesTheSameContainer) {
  const std::vector<std::string> steps{"ids",     "--", "descriptors", "--", "environment", "--",
                                       "process", "--", "limits",      "--", "exit",        "7"};
  const Outcome executed = run(full_box().steps(steps));
  const Outcome copied = run(copying(full_box().steps(steps)));
  EXPECT_EQ(executed.status.code(), 7);
  EXPECT_EQ(copied.status.code(), 7);
  EXPECT_EQ(copied.output, executed.output);
}

TEST_F(CopiedInit, IsAsConfinedAsOneThatIsExecuted) {
  const Seen executed = probe(full_box(), {"status", "--", "init-status"});
  const Seen copied = probe(copying(full_box()), {"status", "--", "init-status"});
  for (const std::string whose : {"status.", "init."}) {
    for (const char* what :
         {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "SigBlk", "Umask"}) {
      EXPECT_NE(copied[whose + what], "(nothing)") << whose << what;
      EXPECT_EQ(copied[whose + what], executed[whose + what]) << whose << what;
    }
  }
  for (const char* what : {"status.SigIgn", "status.SigCgt"}) {
    EXPECT_EQ(copied[what], "0000000000000000") << what;
  }
}

TEST_F(CopiedInit, TellsWhyAStartFails) {
  Ops ops;
  ops.bind({.source = "/no/such", .target = "/data"});
  Box box;
  box.settings.init.self = true;
  box.ops() = std::move(ops);
  box.params().command = {"/no"};
  EXPECT_EQ(start_failure(copying(std::move(box))).message(),
            "cannot prepare op 0 (bind /no/such on /data): openat2 /no/such: No such file or "
            "directory");
}

TEST_F(CopiedInit, EndsWithItsLauncher) {
  Running running(copying(bare_box().steps({"ready", "--", "await-end-of-input"})));
  running.expect_line("ready=yes");
  running.destroy();
  EXPECT_TRUE(running.is_gone_within());
}

// Whatever the capabilities over its user namespace are.
TEST_F(CopiedInit, CannotBeReachedFromInside) {
  Box box = copying(bare_box());
  box.params().keep_capabilities = ~uint64_t{0} >> 23;
  const Seen seen = probe(std::move(box), {"attack-init"});
  for (const char* attempt : {"mem-read", "mem-write", "maps", "environ", "exe-link", "exe-read",
                              "exe-write", "root", "cwd"}) {
    EXPECT_EQ(seen[attempt], "EACCES") << attempt;
  }
}

}  // namespace
}  // namespace kekkai::kernel_tests
