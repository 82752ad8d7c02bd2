#include <kekkai/init/roots.h>
#include <kekkai/ops/source.h>
#include <kekkai/ops/tmpfs.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Roots : public ::testing::Test {
 protected:
  testing::ScriptedDispatcher k;
  SetupState state;

  bool exists(const std::string& path) {
    try {
      k.openat2(Fd::cwd(), path, Open::kPath, Resolve::kAnywhere, 0);
      return true;
    } catch (const SyscallError&) {
      return false;
    }
  }
};

TEST_F(Roots, AreSeparatedFromTheHostByASlaveNotAPrivateMount) {
  separate_mounts_from_host(k);
  EXPECT_THAT(k.transcript(), ElementsAre("openat2 / O_PATH|O_DIRECTORY",  //
                                          "mount_setattr / slave recursive"));
}

TEST_F(Roots, IntermediateOneIsATmpfsWithTheHostAndAnEmptyContainer) {
  enter_intermediate_root(k, state, {});
  EXPECT_THAT(
      k.transcript(),
      ElementsAre("fsopen tmpfs", "fsconfig tmpfs mode=755", "fsconfig create tmpfs",
                  "fsmount tmpfs nosuid|nodev",                            //
                  "openat2 /proc/self/fd O_PATH|O_DIRECTORY",              //
                  "move_mount intermediate root -> /proc/self/fd",         //
                  "mkdirat intermediate root/sysroot 0755",                //
                  "mkdirat intermediate root/host 0755",                   //
                  "openat2 intermediate root/sysroot O_PATH|O_DIRECTORY",  //
                  "open_tree intermediate root/sysroot recursive",         //
                  "mount_setattr intermediate root/sysroot nosuid|nodev private recursive",
                  "move_mount intermediate root/sysroot -> intermediate root/sysroot",
                  "fchdir intermediate root",  //
                  "pivot_root host",           //
                  "openat2 intermediate root/sysroot O_PATH|O_DIRECTORY NO_SYMLINKS", "statx /"));
  EXPECT_TRUE(exists("/host/etc"));
  EXPECT_TRUE(exists("/sysroot"));
  EXPECT_FALSE(exists("/etc"));
  EXPECT_FALSE(exists("/sysroot/etc"));
}

// It would be a mount of its own to be taken apart, else.
TEST_F(Roots, InitsImageGoesWithTheIntermediateOne) {
  k.host("/opt/kekkai").executable();
  const UniqueFd program = k.openat2(Fd::cwd(), "/opt/kekkai", Open::kPath, Resolve::kAnywhere);
  enter_intermediate_root(k, state, clone_source(k, program, MountAttr::kReadOnly));
  EXPECT_THAT(k.transcript(), Contains("move_mount /opt/kekkai -> intermediate root/image"));
  EXPECT_TRUE(exists("/image"));
  enter_container_root(k, state);
  EXPECT_FALSE(exists("/image"));
}

TEST_F(Roots, SysrootIsAMountOfItsOwn) {
  enter_intermediate_root(k, state, {});
  EXPECT_NE(k.statx(state.sysroot.root()).mount_id, k.statx(state.intermediate_root).mount_id);
}

TEST_F(Roots, NothingOfTheHostIsLeftInTheContainer) {
  enter_intermediate_root(k, state, {});
  ops::Tmpfs{.path = "/tmp"}.apply(state, k);
  k.clear_transcript();
  enter_container_root(k, state);
  EXPECT_THAT(k.transcript(),
              ElementsAre("openat2 intermediate root/host O_PATH|O_DIRECTORY",       //
                          "mount_setattr intermediate root/host private recursive",  //
                          "fchdir /",                                                //
                          "pivot_root .",                                            //
                          "fchdir intermediate root",                                //
                          "umount2",                                                 //
                          "fchdir /"));
  EXPECT_FALSE(state.intermediate_root);
  EXPECT_EQ(k.getcwd(), "/");
  EXPECT_TRUE(exists("/tmp"));
  for (const char* path : {"/host", "/sysroot", "/etc", "/proc"}) {
    EXPECT_FALSE(exists(path)) << path;
  }
}

TEST_F(Roots, WhatIsSealedIsReadOnlyInTheEnd) {
  enter_intermediate_root(k, state, {});
  ops::Tmpfs{.path = "/tmp", .read_only = true}.apply(state, k);
  k.clear_transcript();
  enter_container_root(k, state);
  EXPECT_EQ(k.transcript().front(), "mount_setattr tmpfs ro");
}

TEST_F(Roots, LeaveNoDescriptorBehind) {
  enter_intermediate_root(k, state, {});
  enter_container_root(k, state);
  state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai
