#include <kekkai/init/identity.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ScriptedDispatcher;
using ::testing::ThrowsMessage;

SetupRequest request() {
  SetupRequest request{.host_uid = 1000, .host_gid = 100};
  request.params.uid = 0;
  request.params.gid = 5;
  return request;
}

TEST(Identity, MapsOneIdEachAndDeniesSetgroupsInBetween) {
  ScriptedDispatcher k;
  map_ids(k, request());
  EXPECT_THAT(k.transcript(),
              ElementsAre("prctl PR_SET_DUMPABLE on",                  //
                          "openat2 /proc/self/uid_map O_WRONLY",       //
                          "fstatfs /proc/self/uid_map",                //
                          "write /proc/self/uid_map \"0 1000 1\\n\"",  //
                          "openat2 /proc/self/setgroups O_WRONLY",     //
                          "fstatfs /proc/self/setgroups",              //
                          "write /proc/self/setgroups \"deny\\n\"",    //
                          "openat2 /proc/self/gid_map O_WRONLY",       //
                          "fstatfs /proc/self/gid_map",                //
                          "write /proc/self/gid_map \"5 100 1\\n\"",   //
                          "prctl PR_SET_DUMPABLE off"));
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
}

TEST(Identity, WritesToProcAndNothingElse) {
  for (const std::string name : {"uid_map", "setgroups", "gid_map"}) {
    ScriptedDispatcher k;
    k.mount_on_host("/proc/self/" + name, "ext4");
    EXPECT_THAT([&] { map_ids(k, request()); },
                ThrowsMessage<Refusal>("/proc/self/" + name + " is not a file of proc"));
    EXPECT_EQ(k.written("/proc/self/" + name), "");
  }
}

TEST(Identity, BringsTheLoopbackUp) {
  ScriptedDispatcher k;
  bring_loopback_up(k);
  EXPECT_THAT(k.transcript(), ElementsAre("socket AF_INET", "ioctl SIOCSIFFLAGS lo"));
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
}

TEST(Identity, FailsWithTheFileThatTheKernelRefused) {
  ScriptedDispatcher k;
  k.fail_call("write /proc/self/uid_map", EPERM);
  EXPECT_THAT([&] { map_ids(k, request()); },
              ThrowsMessage<SyscallError>("write /proc/self/uid_map: Operation not permitted"));
}

}  // namespace
}  // namespace kekkai
