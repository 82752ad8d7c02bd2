#include <kekkai/ops/dev.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kekkai::ops {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

std::vector<std::string> lines_with(const OpStage& stage, std::string_view call) {
  std::vector<std::string> lines;
  std::ranges::copy_if(stage.k.transcript(), std::back_inserter(lines),
                       [&](const std::string& line) { return line.starts_with(call); });
  return lines;
}

TEST(Dev, PinsTheNodesOfTheHostEarly) {
  OpStage stage;
  Dev dev;
  stage.early(dev);
  std::vector<std::string> expected{"early:"};
  for (const std::string node : {"null", "zero", "full", "random", "urandom", "tty"}) {
    expected.push_back("openat2 /dev/" + node + " O_PATH NO_MAGICLINKS");
    expected.push_back("statx /dev/" + node);
    expected.push_back("open_tree /dev/" + node + " recursive");
    expected.push_back("mount_setattr /dev/" + node + " nosuid|noexec private recursive");
  }
  EXPECT_EQ(stage.k.transcript(), expected);
}

TEST(Dev, MountsTmpfsNodesAndTerminals) {
  OpStage stage;
  stage.run(Dev{});
  EXPECT_THAT(lines_with(stage, "move_mount"),
              ElementsAre("move_mount tmpfs -> /dev", "move_mount /dev/null -> /dev/null",
                          "move_mount /dev/zero -> /dev/zero", "move_mount /dev/full -> /dev/full",
                          "move_mount /dev/random -> /dev/random",
                          "move_mount /dev/urandom -> /dev/urandom",
                          "move_mount /dev/tty -> /dev/tty", "move_mount devpts -> /dev/pts"));
}

TEST(Dev, HasTheUsualLinks) {
  OpStage stage;
  stage.run(Dev{});
  EXPECT_THAT(
      lines_with(stage, "symlinkat"),
      ElementsAre("symlinkat /dev/fd -> /proc/self/fd", "symlinkat /dev/stdin -> /proc/self/fd/0",
                  "symlinkat /dev/stdout -> /proc/self/fd/1",
                  "symlinkat /dev/stderr -> /proc/self/fd/2", "symlinkat /dev/core -> /proc/kcore",
                  "symlinkat /dev/ptmx -> pts/ptmx"));
}

TEST(Dev, GivesItsFileSystemsNoMoreThanTheyNeed) {
  OpStage stage;
  stage.run(Dev{});
  EXPECT_THAT(lines_with(stage, "fs"),
              ElementsAre("fsopen tmpfs", "fsconfig tmpfs mode=755", "fsconfig create tmpfs",
                          "fsmount tmpfs nosuid|nodev|noexec", "fsopen devpts",
                          "fsconfig devpts ptmxmode=0666", "fsconfig devpts mode=0620",
                          "fsconfig create devpts", "fsmount devpts nosuid|noexec"));
}

TEST(Dev, HasASharedMemoryDirectoryForEverybody) {
  OpStage stage;
  stage.run(Dev{});
  EXPECT_THAT(lines_with(stage, "mkdirat"),
              ElementsAre("mkdirat /dev 0755", "mkdirat /dev/pts 0755", "mkdirat /dev/shm 1777"));
}

TEST(Dev, AppearsWhereItIsAskedFor) {
  OpStage stage;
  Dev dev{.path = "/other"};
  stage.early(dev);
  stage.k.clear_transcript();
  stage.apply(dev);
  for (const std::string& line : lines_with(stage, "move_mount")) {
    EXPECT_THAT(line, HasSubstr(" -> /other"));
  }
  for (const std::string& line : lines_with(stage, "symlinkat")) {
    EXPECT_THAT(line, StartsWith("symlinkat /other/"));
  }
  EXPECT_THAT(lines_with(stage, "mkdirat"), Contains("mkdirat /other/shm 1777"));
}

TEST(Dev, CanBeReadOnlyButForShm) {
  OpStage stage;
  stage.run(Dev{.read_only = true});
  EXPECT_THAT(
      lines_with(stage, "move_mount"),
      ::testing::IsSupersetOf({"move_mount tmpfs -> /dev", "move_mount tmpfs -> /dev/shm"}));
  const auto& expected = stage.state.sysroot.expected();
  EXPECT_EQ(expected.at(1).attributes,
            MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec);
  EXPECT_EQ(expected.back().path, ContainerPath("/dev/shm"));
  EXPECT_EQ(expected.back().attributes, MountAttr::kNoSuid | MountAttr::kNoDev);
  stage.k.clear_transcript();
  stage.state.sysroot.seal(stage.k);
  EXPECT_THAT(stage.k.transcript(), ElementsAre("mount_setattr tmpfs ro"));
}

TEST(Dev, HasMessageQueuesOnRequest) {
  OpStage stage;
  stage.run(Dev{.mqueue = true});
  EXPECT_THAT(stage.k.transcript(), Contains("fsmount mqueue nosuid|nodev|noexec"));
  EXPECT_THAT(stage.k.transcript(), Contains("move_mount mqueue -> /dev/mqueue"));
}

struct NodeCase {
  const char* name;
  const char* path;
  void (*declare)(FakeFile& file);
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const NodeCase& c) { return out << c.name; }

class DevNode : public ::testing::TestWithParam<NodeCase> {};

TEST_P(DevNode, ThatIsNotTheDeviceIsRefused) {
  OpStage stage;
  GetParam().declare(stage.k.host(GetParam().path));
  Dev dev;
  EXPECT_THAT([&] { stage.early(dev); }, ThrowsMessage<Refusal>(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DevNode,
    ::testing::Values(NodeCase{"other_device", "/dev/zero",
                               [](FakeFile& f) { f.character_device(1, 3); },
                               "/dev/zero of the host is not the character device 1:5"},
                      NodeCase{"disk", "/dev/null", [](FakeFile& f) { f.character_device(8, 0); },
                               "/dev/null of the host is not the character device 1:3"},
                      NodeCase{"block_device", "/dev/null",
                               [](FakeFile& f) { f.block_device(1, 3); },
                               "/dev/null of the host is not the character device 1:3"},
                      NodeCase{"regular", "/dev/urandom", [](FakeFile& f) { f.regular(); },
                               "/dev/urandom of the host is not the character device 1:9"},
                      NodeCase{"directory", "/dev/full", [](FakeFile& f) { f.directory(); },
                               "/dev/full of the host is not the character device 1:7"},
                      NodeCase{"link_elsewhere", "/dev/tty", [](FakeFile& f) { f.link_to("null"); },
                               "/dev/tty of the host is not the character device 5:0"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(Dev, FailsWhereANodeOfTheHostIsMissing) {
  OpStage stage;
  stage.k.host("/dev/random").missing();
  EXPECT_THAT([&] { stage.run(Dev{}); },
              ThrowsMessage<SyscallError>("openat2 /dev/random: No such file or directory"));
}

TEST(Dev, CopyStartsWithoutNodes) {
  OpStage stage;
  Dev dev;
  stage.early(dev);
  const Dev copy = dev;
  EXPECT_THAT(*copy.nodes, IsEmpty());
  EXPECT_EQ((*dev.nodes).size(), 6U);
  EXPECT_EQ(copy, dev);
}

TEST(Dev, LeavesNoDescriptorBehind) {
  OpStage stage;
  stage.run(Dev{});
  stage.state = SetupState();
  EXPECT_THAT(stage.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(stage.k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
