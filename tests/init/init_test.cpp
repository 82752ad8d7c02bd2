#include "init_run.h"
#include "marker_op.h"

#include <kekkai/init/privileges.h>
#include <kekkai/ops/register.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <memory>

REGISTER_OP(kekkai::Marker, "test marker")

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Init, SpawnsWithoutTheSetupStreamAndTheWitness) {
  InitRun run(ordinary_container());
  std::vector<std::string> open;
  run.k.on_spawn([&](const SpawnPlan& /*plan*/) {
    EXPECT_FALSE(run.k.is_open(3));
    open = run.k.open_descriptors();
  });
  EXPECT_EQ(run.run(), 0);
  EXPECT_THAT(open, ElementsAre("signals", "reaped children", "reaped children", "/usr/bin/true"));
}

TEST(Init, LoadsItsOwnFilterOnlyAfterTheSpawn) {
  InitRun run(ordinary_container());
  size_t loaded_before = 1;
  run.k.on_spawn([&](const SpawnPlan& /*plan*/) { loaded_before = run.k.loaded_filters().size(); });
  EXPECT_EQ(run.run(), 0);
  EXPECT_EQ(loaded_before, 0U);
  ASSERT_THAT(run.k.loaded_filters(), SizeIs(1));
  EXPECT_EQ(run.k.loaded_filters()[0].size(), supervisor_filter().size());
}

TEST(Init, HandsTheProgramItsExtraFilesAndFilters) {
  Params params = ordinary_container();
  params.extra_files = {9, 5};
  params.filters = {supervisor_filter()};
  InitRun run(params);
  EXPECT_EQ(run.run(), 0);
  ASSERT_THAT(run.k.spawned(), SizeIs(1));
  EXPECT_THAT(run.k.spawned()[0].fds,
              ElementsAre(FdPlacement{0, 0}, FdPlacement{1, 1}, FdPlacement{2, 2},
                          FdPlacement{7, 9}, FdPlacement{8, 5}));
  EXPECT_EQ(run.k.spawned()[0].filters.size(), 1U);
}

TEST(Init, MissesADescriptorThatAnOpNeeds) {
  Params params = ordinary_container();
  params.extra_files = {9};
  params.ops.bind({.descriptor = 20, .target = "/tmp/x"});
  InitRun run(params);
  EXPECT_EQ(run.run(), kExitSetupFailed);
  ASSERT_TRUE(run.failure());
  EXPECT_THAT(run.failure()->message(), ::testing::HasSubstr("descriptor 8 is not open"));
}

TEST(Init, KeepsAnIgnoredHangupIgnored) {
  InitRun run(ordinary_container());
  run.k.set_ignored(SIGHUP);
  EXPECT_EQ(run.run(), 0);
  EXPECT_TRUE(run.k.spawned().at(0).ignore_hangup);
}

struct End {
  int wait_status;
  int exit_status;
  ExitStatus message;
};
TEST(Init, EndsAsTheProgramDid) {
  for (const End& end :
       {End{W_EXITCODE(0, 0), 0, {false, 0}}, End{W_EXITCODE(3, 0), 3, {false, 3}},
        End{SIGKILL, 137, {true, SIGKILL}}, End{SIGSEGV | WCOREFLAG, 139, {true, SIGSEGV}}}) {
    InitRun run(ordinary_container());
    run.k.end_child(77, W_EXITCODE(9, 0));  // an orphan, before the program
    run.k.end_child(run.k.kFirstChild, end.wait_status);
    EXPECT_EQ(run.run(), end.exit_status);
    EXPECT_THAT(run.messages(), ElementsAre(Started{run.k.kFirstChild}, end.message));
  }
}

TEST(Init, TellsOfEachStepWhereAskedTo) {
  Params params = ordinary_container();
  params.ops = Ops();
  params.ops.bind({.source = "/", .target = "/"}).add(Marker{});
  params.verbose = true;
  InitRun run(params);
  EXPECT_EQ(run.run(), 0);
  std::vector<std::string> progress;
  for (const StatusMessage& message : run.messages()) {
    if (const auto* p = std::get_if<Progress>(&message)) progress.push_back(p->text);
  }
  EXPECT_THAT(progress,
              ElementsAre("network", "identity", "propagation", "early op 0 (bind / on /)",
                          "early op 1 (marker)", "intermediate root", "apply op 0 (bind / on /)",
                          "apply op 1 (marker)", "container root", "attest", "privileges", "reaper",
                          "late op 0 (bind / on /)", "late op 1 (marker)", "execute"));
}

// The launcher.

TEST(Init, EndsAtOnceWhereTheLauncherIsGoneAlready) {
  InitRun run(ordinary_container());
  run.launcher_is_gone = true;
  EXPECT_EQ(run.run(), 1);
  EXPECT_EQ(run.k.transcript().back(), "exit 1");
  EXPECT_THAT(run.k.steps(), Not(Contains("read setup stream")));
}

TEST(Init, StartsNothingWhereTheLauncherHasGoneMeanwhile) {
  for (const char* label : {"lifeline", "launcher"}) {
    Params params = ordinary_container();
    params.ops.add(Marker{});
    InitRun run(params);
    Marker::on_late = [&] { run.k.hang_up(label); };
    EXPECT_EQ(run.run(), kExitSetupFailed) << label;
    Marker::on_late = nullptr;
    EXPECT_THAT(run.k.spawned(), IsEmpty()) << label;
    EXPECT_EQ(run.k.steps().back(), "poll lifeline, launcher: now") << label;
  }
}

// Daemons.

struct DaemonRun : InitRun {
  DaemonRun() : InitRun(params()) {
    k.host("/usr/bin/served").executable();
    k.host("/usr/socket").missing();
  }
  static Params params() {
    Params params = ordinary_container();
    params.ops.daemon({.command = {"served"}, .ready = "/usr/socket"});
    return params;
  }
};

TEST(Init, StartsTheProgramWhenTheDaemonIsReady) {
  DaemonRun run;
  run.k.when_idle([] {});
  run.k.when_idle([&] {
    EXPECT_THAT(run.k.spawned(), SizeIs(1));
    run.k.host("/usr/socket").regular();
  });
  EXPECT_EQ(run.run(), 0);
  ASSERT_THAT(run.k.spawned(), SizeIs(2));
  EXPECT_EQ(run.k.spawned()[0].path, "/usr/bin/served");
  EXPECT_EQ(run.k.spawned()[1].path, "/usr/bin/true");
  EXPECT_THAT(run.messages(), ElementsAre(Started{run.k.kFirstChild + 1}, ExitStatus{}));
}

TEST(Init, AsksADaemonToEndWhenTheProgramHasEnded) {
  DaemonRun run;
  run.k.when_idle([&] { run.k.host("/usr/socket").regular(); });
  run.k.when_idle([&] {
    const Reaped end{run.k.kFirstChild + 1, W_EXITCODE(3, 0)};
    run.k.deliver("reaped children",
                  {reinterpret_cast<const char*>(&end), sizeof end});  // NOLINT: as the reaper
  });
  run.k.end_child(run.k.kFirstChild + 1, 0);  // for the reaper
  EXPECT_EQ(run.run(), 3);
  EXPECT_THAT(run.k.steps(), Contains("pidfd_send_signal SIGTERM -> /usr/bin/served"));
}

TEST(Init, StartsNothingWithoutItsDaemon) {
  DaemonRun run;
  run.k.host("/usr/bin/served").missing();
  run.k.host("/usr/local/bin/served").missing();
  EXPECT_EQ(run.run(), kExitSetupFailed);
  ASSERT_TRUE(run.failure());
  EXPECT_EQ(run.failure()->message(),
            "cannot complete op 5 (daemon served): cannot execute served: there is no such "
            "program in PATH=/usr/local/bin:/usr/bin");
  EXPECT_EQ(run.failure()->exit_code, kExitSetupFailed);
  EXPECT_THAT(run.k.spawned(), IsEmpty());
}

TEST(Init, EndsWhereItIsCancelledWhileADaemonIsNotReady) {
  DaemonRun run;
  run.k.when_idle([&] { run.k.deliver("lifeline", "\1"); });
  EXPECT_EQ(run.run(), kExitSetupFailed);
  EXPECT_EQ(run.k.transcript().back(), "exit 125");
  EXPECT_THAT(run.k.spawned(), SizeIs(1));
  EXPECT_THAT(run.messages(), IsEmpty());
}

// From the start of the daemon to that of the program every call fails once.
TEST(Init, StartsNoProgramWhereACallForADaemonFails) {
  const auto make_run = [](std::unique_ptr<DaemonRun>& run) {
    run = std::make_unique<DaemonRun>();
    run->k.host("/usr/local/bin/served").missing();
    run->k.when_idle([k = &run->k] { k->host("/usr/socket").regular(); });
  };
  std::unique_ptr<DaemonRun> golden;
  make_run(golden);
  golden->run();
  const std::vector<std::string> steps = golden->k.steps();
  const auto begin = std::ranges::find(steps, "clone (thread)") + 1;
  const auto end =
      std::find(begin, steps.end(), "openat2 /home/user/work O_PATH|O_DIRECTORY NO_MAGICLINKS");
  ASSERT_GT(end - begin, 8);
  for (auto step = begin; step != end; ++step) {
    // A path that is not there is what it waits for, and the PATH has more directories.
    if (step->ends_with(" = ENOENT")) continue;
    SCOPED_TRACE(*step);
    std::unique_ptr<DaemonRun> run;
    make_run(run);
    run->k.fail_step(static_cast<size_t>(step - steps.begin()), EACCES);
    EXPECT_EQ(run->run(), kExitSetupFailed);
    ASSERT_TRUE(run->failure());
    EXPECT_EQ(run->failure()->op_index, 5);
    EXPECT_THAT(run->failure()->message(), ::testing::EndsWith(": Permission denied"));
    for (const SpawnPlan& plan : run->k.spawned()) EXPECT_EQ(plan.path, "/usr/bin/served");
  }
}

// Before there is a status stream.

TEST(Init, RefusesToBeAnotherProcessThanPid1) {
  InitRun run(ordinary_container());
  run.k.set_pid(4242);
  EXPECT_EQ(run.run(), kExitSetupFailed);
  ASSERT_TRUE(run.failure());
  EXPECT_EQ(run.failure()->message(),
            "cannot read the setup stream: it is not pid 1, although the container has a pid "
            "namespace of its own");
}

TEST(Init, StartedByHandItSaysWhatItIs) {
  InitRun run(ordinary_container());
  run.k.set_pid(4242);
  EXPECT_EQ(run.run_with({}, nullptr), kExitSetupFailed);
  EXPECT_EQ(run.k.written("stderr"),
            "kekkai-init: it must be started by Kekkai as pid 1 of a container\n");
  EXPECT_THAT(run.k.steps(), SizeIs(1)) << "nothing but the message";
}

TEST(Init, EndsAlsoWhereStderrTakesNothing) {
  InitRun run(ordinary_container());
  run.k.set_pid(4242);
  run.k.fail_call("write stderr", ENOSPC);
  EXPECT_EQ(run.run(), kExitSetupFailed);
}

TEST(Init, TellsApartWhatIsWrongWithTheSetupVariable) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {nullptr, "kekkai-init: KEKKAI_SETUP is not set\n"},
      {"three", "kekkai-init: KEKKAI_SETUP is not a descriptor: \"three\"\n"},
      {"40", "kekkai-init: descriptor 40 is not open\n"}};
  for (const auto& [value, message] : cases) {
    InitRun run(ordinary_container());
    EXPECT_EQ(run.run_with("", value), kExitSetupFailed);
    EXPECT_EQ(run.k.written("stderr"), message);
  }
}

TEST(Init, ReportsASetupStreamThatIsNone) {
  InitRun run(ordinary_container());
  EXPECT_EQ(run.run_with("nonsense that is longer than a header would be", "3"), kExitSetupFailed);
  ASSERT_TRUE(run.failure());
  EXPECT_EQ(run.failure()->message(),
            "cannot read the setup stream: it is not a message of Kekkai");
}

// The program.

TEST(Init, ReportsAProgramThatIsNotThere) {
  Params params = ordinary_container();
  params.command = {"nothing"};
  InitRun run(params);
  run.k.host("/usr/bin/nothing").missing();
  run.k.host("/usr/local/bin/nothing").missing();
  EXPECT_EQ(run.run(), kExitNotFound);
  EXPECT_EQ(run.failure()->message(),
            "cannot execute nothing: there is no such program in PATH=/usr/local/bin:/usr/bin");
  EXPECT_THAT(run.k.spawned(), IsEmpty());
}

struct ExecCase {
  const char* call;
  int error;
  int exit_code;
  const char* message;
};
TEST(Init, ReportsAProgramThatCannotBeExecuted) {
  for (const ExecCase& c :
       {ExecCase{"execve", EACCES, kExitNotExecutable,
                 "cannot execute /usr/bin/true: Permission denied"},
        ExecCase{"execve", ENOENT, kExitNotExecutable,
                 "cannot execute /usr/bin/true: the loader that it needs does not exist in the "
                 "container"},
        ExecCase{"seccomp", EINVAL, kExitSetupFailed,
                 "cannot execute /usr/bin/true: seccomp /usr/bin/true: Invalid argument"}}) {
    InitRun run(ordinary_container());
    run.k.fail_child(c.call, c.error);
    EXPECT_EQ(run.run(), c.exit_code);
    ASSERT_TRUE(run.failure());
    EXPECT_EQ(run.failure()->message(), c.message);
    EXPECT_EQ(run.failure()->exit_code, c.exit_code);
  }
}

// Attestation: what the model of the kernel says and what was asked for have to agree.

TEST(Init, FailsClosedWhereAMountIsNotAsAskedFor) {
  InitRun run(ordinary_container());
  run.k.host("/proc/self/mountinfo").regular("7 1 0:1 / / rw,nosuid,nodev - ext4 ext4 rw\n");
  EXPECT_EQ(run.run(), kExitSetupFailed);
  EXPECT_EQ(run.failure()->message(),
            "cannot confirm the container: the container is not what was asked for: nothing is "
            "mounted on /");
  EXPECT_THAT(run.k.spawned(), IsEmpty());
}

TEST(Init, FailsClosedInANamespaceOfTheHost) {
  InitRun run(ordinary_container());
  run.k.host("/proc/self/ns/ipc").link_to("ipc:[4026531836]");
  EXPECT_EQ(run.run(), kExitSetupFailed);
  EXPECT_EQ(run.failure()->message(),
            "cannot confirm the container: the container is not what was asked for: it is in the "
            "launcher's ipc namespace");
}

TEST(Init, FailsClosedWhereADescriptorIsLeftOpen) {
  InitRun run(ordinary_container());
  run.k.inherit(42, "somebody's secret");
  EXPECT_EQ(run.run(), kExitSetupFailed);
  EXPECT_EQ(
      run.failure()->message(),
      "cannot start the program: the container is not what was asked for: descriptor 42 is open");
  EXPECT_THAT(run.k.spawned(), IsEmpty());
}

}  // namespace
}  // namespace kekkai
