#include <kekkai/recording/recorder.h>
#include <kekkai/replay/replayer.h>
#include <kekkai/testing/every_call.h>
#include <kekkai/testing/fault_injector.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::HasSubstr;
using testing::MockDispatcher;
using ::testing::NiceMock;
using ::testing::Not;
using ::testing::Return;

struct Told {
  std::vector<RecordedCall> calls;
  Recorder::Sink sink() {
    return [this](const RecordedCall& call) { calls.push_back(call); };
  }
};

// One call, as it is made and as it is answered once more.
void expect_the_same_refusal(const testing::AnyCall& call) {
  testing::ScriptedDispatcher kernel;
  testing::FaultInjector faulty(kernel);
  faulty.fail(0, ENOMEM);
  Told told;
  Recorder recorder(faulty, RecordedContents::kRedacted, told.sink());
  EXPECT_THROW(call(recorder), SyscallError);
  ASSERT_EQ(told.calls.size(), 1U);
  SCOPED_TRACE(told.calls[0].name + " " + told.calls[0].operands);
  EXPECT_EQ(told.calls[0].error, ENOMEM);
  EXPECT_EQ(told.calls[0].failed_call, faulty.calls().at(0));

  Recording recording;
  recording.calls = {{.number = 2, .call = told.calls[0]}};
  ReplayedStreams streams;
  Replayer replayer(recording, Replayer::Process::kLauncher, streams);
  try {
    call(replayer);
    ADD_FAILURE() << "it did not fail";
  } catch (const SyscallError& e) {
    EXPECT_EQ(e.error(), ENOMEM);
    EXPECT_EQ(e.call(), told.calls[0].failed_call);
  } catch (const ReplayStopped&) {
    ADD_FAILURE() << "made: " << replayer.divergence()->made;
  }
}

TEST(Recorder, TellsOfEveryCallThatFails) {
  for (const testing::AnyCall& call : testing::every_call()) expect_the_same_refusal(call);
}

struct Recorded {
  NiceMock<MockDispatcher> k;
  Told told;
  Recorder recorder{k, RecordedContents::kRedacted, told.sink()};
  Recording recording{};
  ReplayedStreams streams{};

  /// Answers as the mock has answered.
  Replayer again() {
    for (const RecordedCall& call : told.calls) recording.calls.push_back({.call = call});
    return Replayer(recording, Replayer::Process::kLauncher, streams);
  }
};

TEST(Recorder, AnswersAreTheSameAgain) {
  Recorded r;
  const FileStatus status{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_CALL(r.k, statx).WillOnce(Return(status));
  EXPECT_CALL(r.k, openat2).WillOnce([&] { return r.k.make(7, "/usr"); });
  EXPECT_CALL(r.k, pipe2).WillOnce([&] { return FdPair(r.k.make(8, "in"), r.k.make(9, "out")); });
  EXPECT_CALL(r.k, getdents64).WillOnce(Return(std::vector<std::string>{"a", "\xff\"\n"}));
  EXPECT_CALL(r.k, wait4).WillOnce(Return(Reaped{12, 256})).WillOnce(Return(std::nullopt));
  EXPECT_CALL(r.k, getrlimit).WillOnce(Return(ResourceLimit{7, 8, UINT64_MAX}));
  EXPECT_CALL(r.k, spawn).WillOnce([&] {
    return Spawned{.pid = 5, .pidfd = r.k.make(4, "pidfd"), .failed_call = "execve", .error = 2};
  });
  EXPECT_CALL(r.k, waitid).WillOnce([](Fd, rusage* usage) {
    usage->ru_maxrss = 77;
    return Reaped{5, 9};
  });
  EXPECT_CALL(r.k, poll).WillOnce([](std::span<PollFd> fds, auto) { fds[1].hung_up = true; });
  const auto ask = [&](Dispatcher& k) {
    JsonWriter all(RecordedContents::kKept);
    const Fd file(3, "file");
    all.open('[');
    all.add(k.statx(file));
    all.add(k.openat2(file, "x", Open::kPath, Resolve::kAnywhere));
    all.add(k.pipe2("label"));
    all.add(k.getdents64(file));
    all.add(k.wait4(WaitFor::kEnd));
    all.add(k.wait4(WaitFor::kEndOrStop));
    all.add(k.getrlimit(7));
    all.add(k.spawn({.path = "/bin/x"}));
    rusage usage{};
    all.add(k.waitid(file, &usage));
    all.add(usage);
    std::array<PollFd, 2> fds{{{.fd = 4}, {.fd = 5}}};
    k.poll(fds, std::chrono::milliseconds(1));
    all.add_ready(fds);
    all.close(']');
    return all.take();
  };
  const std::string first = ask(r.recorder);
  Replayer replayer = r.again();
  EXPECT_EQ(ask(replayer), first);
  EXPECT_THAT(first, HasSubstr(R"({"hex":"ff220a"})"));
}

TEST(Recorder, ReadsAreRedactedButForTheSystems) {
  Recorded r;
  EXPECT_CALL(r.k, read).WillRepeatedly([](Fd, std::span<std::byte> buffer) {
    buffer[0] = buffer[1] = std::byte{'s'};
    return size_t{2};
  });
  const auto read_both = [&](Dispatcher& k) {
    std::string text;
    text += read_text(k, {3, "/home/user/secret"}, 2);
    return text + read_text(k, {3, "/proc/self/status"}, 2);
  };
  EXPECT_EQ(read_both(r.recorder), "ssss");
  EXPECT_EQ(r.told.calls[0].result, R"({"size":2})");
  EXPECT_EQ(r.told.calls[1].result, R"("ss")");
  Replayer replayer = r.again();
  EXPECT_EQ(read_both(replayer), "**ss");
}

TEST(Recorder, OfProcOnlyWhatTheSystemSaysIsKept) {
  const auto told_of = [](const std::string& label) {
    JsonWriter json(RecordedContents::kRedacted);
    json.about(label);
    constexpr std::array kText{std::byte{'s'}, std::byte{'s'}};
    json.add(std::span<const std::byte>(kText));
    return json.take();
  };
  for (const char* label : {"/proc/self/mountinfo", "/proc/self/status", "/proc/self/uid_map",
                            "/proc/self/gid_map", "/proc/self/setgroups"}) {
    EXPECT_EQ(told_of(label), R"("ss")") << label;
  }
  for (const char* label :
       {"/proc/self/environ", "/proc/self/cmdline", "/proc/self/cwd/secret", "/proc/self/status/x",
        "/proc/self/mountinfo2", "/proc/12/comm", "/proc/self/fd/3", "proc", ""}) {
    EXPECT_EQ(told_of(label), R"({"size":2})") << label;
  }
}

TEST(Recorder, OfTheEnvironmentOnlyNamesAndPathAreTold) {
  Recorded r;
  r.recorder.spawn({.path = "/bin/x", .env = {"TOKEN=secret", "PATH=/bin", "EMPTY=", "odd"}});
  EXPECT_THAT(r.told.calls[0].operands,
              HasSubstr(R"("env":["TOKEN=******","PATH=/bin","EMPTY=","odd"])"));
}

TEST(Recorder, NumbersThreads) {
  Recorded r;
  EXPECT_CALL(r.k, start_thread).WillOnce([](const std::function<void()>& run) { run(); });
  r.recorder.start_thread([&] { r.recorder.getpid(); });
  r.recorder.getpid();
  ASSERT_EQ(r.told.calls.size(), 3U);
  EXPECT_EQ(r.told.calls[0].thread, 1U);
  EXPECT_EQ(r.told.calls[1].name, "start_thread");
  EXPECT_EQ(r.told.calls[2].thread, 0U);
}

}  // namespace
}  // namespace kekkai
