#include <kekkai/init/frame.h>
#include <kekkai/init/streams.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using testing::ScriptedDispatcher;

std::string error_of(const std::function<void()>& run) {
  try {
    run();
    return "no error";
  } catch (const StreamError& e) {
    return e.what();
  }
}

void inherit_streams(ScriptedDispatcher& k, int first, int count) {
  for (int fd = first; fd < first + count; ++fd) k.inherit(fd, "inherited");
}

TEST(AdoptStreams, TakesFourDescriptorsInTheirOrder) {
  ScriptedDispatcher k;
  inherit_streams(k, 7, 4);
  const Streams streams = adopt_streams(k, "7");
  EXPECT_EQ(streams.setup.number(), 7);
  EXPECT_EQ(streams.setup.label(), "setup stream");
  EXPECT_EQ(streams.status.number(), 8);
  EXPECT_EQ(streams.status.label(), "status stream");
  EXPECT_EQ(streams.lifeline.number(), 9);
  EXPECT_EQ(streams.lifeline.label(), "lifeline");
  EXPECT_EQ(streams.launcher.number(), 10);
  EXPECT_EQ(streams.launcher.label(), "launcher");
  EXPECT_EQ(streams.first_extra_file, 11);
}

TEST(AdoptStreams, SaysThatTheVariableIsNotSet) {
  ScriptedDispatcher k;
  EXPECT_EQ(error_of([&] { adopt_streams(k, nullptr); }), "KEKKAI_SETUP is not set");
}

TEST(AdoptStreams, TakesNothingButTheNumberOfADescriptor) {
  ScriptedDispatcher k;
  inherit_streams(k, 0, 20);
  for (const std::string text : {"", "x", "3x", " 3", "3 ", "+3", "0x3", "3.0", "-1", "0", "2",
                                 "99999999999999999999", "\x1b[31m"}) {
    EXPECT_EQ(error_of([&] { adopt_streams(k, text.c_str()); }),
              "KEKKAI_SETUP is not a descriptor: \"" + text + "\"");
  }
  const std::string long_text(100, 'x');
  EXPECT_EQ(error_of([&] { adopt_streams(k, long_text.c_str()); }),
            "KEKKAI_SETUP is not a descriptor: \"" + std::string(32, 'x') + "\"");
}

TEST(AdoptStreams, SaysWhichDescriptorIsNotOpen) {
  for (int open = 0; open < 4; ++open) {
    ScriptedDispatcher k;
    inherit_streams(k, 3, open);
    EXPECT_EQ(error_of([&] { adopt_streams(k, "3"); }),
              "descriptor " + std::to_string(3 + open) + " is not open");
  }
}

TEST(AdoptStreams, SurvivesTheLargestNumber) {
  ScriptedDispatcher k;
  EXPECT_EQ(error_of([&] { adopt_streams(k, "2147483643"); }), "descriptor 2147483643 is not open");
  for (const std::string text : {"2147483644", "2147483647"}) {  // the last of four is beyond int
    EXPECT_EQ(error_of([&] { adopt_streams(k, text.c_str()); }),
              "KEKKAI_SETUP is not a descriptor: \"" + text + "\"");
  }
}

std::string small_request() {
  SetupRequest request;
  request.params.command = {"true"};
  return make_frame(encode(request));
}

std::string error_of_stream(const std::string& bytes) {
  ScriptedDispatcher k;
  k.inherit(3, "setup stream", bytes);
  return error_of([&] { receive_setup(k, Fd(3, "setup stream")); });
}

TEST(ReceiveSetup, ReadsTheRequest) {
  ScriptedDispatcher k;
  k.inherit(3, "setup stream", small_request());
  EXPECT_THAT(receive_setup(k, Fd(3, "setup stream")).params.command, ElementsAre("true"));
}

TEST(ReceiveSetup, ReadsARequestThatOneReadDoesNotHold) {
  SetupRequest request;
  request.params.command = {"true", std::string(100'000, 'x')};
  ScriptedDispatcher k;
  k.inherit(3, "setup stream", make_frame(encode(request)));
  EXPECT_EQ(receive_setup(k, Fd(3, "setup stream")).params.command, request.params.command);
}

TEST(ReceiveSetup, RefusesAStreamThatEndsTooEarlyWhereverThatIs) {
  const std::string whole = small_request();
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(error_of_stream(whole.substr(0, length)), "it ends too early") << length;
  }
}

TEST(ReceiveSetup, RefusesBytesAfterItsEnd) {
  EXPECT_EQ(error_of_stream(small_request() + "x"), "there are bytes after its end");
  EXPECT_EQ(error_of_stream(small_request() + small_request()), "there are bytes after its end");
  // Also where they come with a read of their own.
  SetupRequest request;
  request.params.command = {"true", ""};
  const size_t missing = 4096 - make_frame(encode(request)).size();
  request.params.command[1] = std::string(missing, 'x');
  ASSERT_EQ(make_frame(encode(request)).size(), 4096U);
  EXPECT_EQ(error_of_stream(make_frame(encode(request)) + "x"), "there are bytes after its end");
}

TEST(ReceiveSetup, RefusesWhatIsNoRequest) {
  EXPECT_EQ(error_of_stream(make_frame("")), "it ends too early");
  EXPECT_EQ(error_of_stream(std::string(100, 'x')), "it is not a message of Kekkai");
}

class Lifelines : public ::testing::Test {
 protected:
  Lifelines() {
    k.inherit(3, "setup stream");
    k.inherit(4, "status stream");
    k.inherit(5, "lifeline");
    k.inherit(6, "launcher");
    streams = adopt_streams(k, "3");
  }
  ScriptedDispatcher k;
  Streams streams;
};

TEST_F(Lifelines, HoldWhileNothingComes) {
  EXPECT_TRUE(is_wanted(k, streams));
  EXPECT_THAT(k.steps(), ElementsAre("poll lifeline, launcher: now"));
}

TEST_F(Lifelines, EndWithTheirOtherEnd) {
  k.hang_up("lifeline");
  EXPECT_FALSE(is_wanted(k, streams));
}

TEST_F(Lifelines, EndWithTheLauncher) {
  k.hang_up("launcher");
  EXPECT_FALSE(is_wanted(k, streams));
}

TEST_F(Lifelines, EndWithACommand) {
  k.deliver("lifeline", "\1");
  EXPECT_FALSE(is_wanted(k, streams));
}

// Each of the four by itself, as poll(2) may tell it.
TEST(IsWanted, OnlyWhereNothingCameOverAnyTie) {
  for (const int changed : {0, 1, 2, 3, 4, 5, 6}) {
    ::testing::NiceMock<testing::MockDispatcher> k;
    EXPECT_CALL(k, poll).WillOnce([&](std::span<PollFd> fds, auto) {
      ASSERT_EQ(fds.size(), 3U);
      fds[0].readable = changed == 1;
      fds[0].hung_up = changed == 2;
      fds[1].readable = changed == 3;
      fds[1].hung_up = changed == 4;
      fds[2].readable = changed == 5;
      fds[2].hung_up = changed == 6;
    });
    EXPECT_EQ(is_wanted(k, Streams{}), changed == 0) << changed;
  }
}

TEST_F(Lifelines, AreArmedBeforeTheyAreLookedAt) {
  arm_lifeline(k, streams);
  EXPECT_THAT(k.steps(), ElementsAre("sigaction SIGPOLL exit 1", "fcntl O_ASYNC lifeline on",
                                     "poll lifeline, launcher: now"));
  k.clear_transcript();
  disarm_lifeline(k, streams);
  EXPECT_THAT(k.steps(), ElementsAre("fcntl O_ASYNC lifeline off", "sigaction SIGPOLL ignore"));
}

TEST_F(Lifelines, ThatBrokeBeforeTheyWereArmedEndInit) {
  k.hang_up("launcher");
  EXPECT_THROW(arm_lifeline(k, streams), testing::ProcessExit);
  EXPECT_EQ(k.transcript().back(), "exit 1");
}

}  // namespace
}  // namespace kekkai
