#include <kekkai/syscall/mountinfo.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MountInfo only_mount(const std::string& line) {
  const std::vector<MountInfo> mounts = parse_mountinfo(line);
  EXPECT_EQ(mounts.size(), 1U) << line;
  return mounts.empty() ? MountInfo() : mounts.front();
}

TEST(Mountinfo, IsReadAsTheKernelWritesIt) {
  const std::string text =
      "21 1 254:0 / / ro,nosuid,nodev,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
      "22 21 0:5 / /dev rw,nosuid,noexec master:2 propagate_from:1 - tmpfs tmpfs rw\n"
      "23 21 0:6 / /proc rw - proc proc rw\n";
  EXPECT_THAT(
      parse_mountinfo(text),
      ElementsAre(
          MountInfo{.id = 21,
                    .parent_id = 1,
                    .mount_point = "/",
                    .attributes = MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev,
                    .propagates = true,
                    .shared = true,
                    .peers = 1,
                    .type = "ext4"},
          MountInfo{.id = 22,
                    .parent_id = 21,
                    .mount_point = "/dev",
                    .attributes = MountAttr::kNoSuid | MountAttr::kNoExec,
                    .propagates = true,
                    .master = 2,
                    .type = "tmpfs"},
          MountInfo{.id = 23, .parent_id = 21, .mount_point = "/proc", .type = "proc"}));
}

TEST(Mountinfo, MayBeEmptyOrLackTheLastNewline) {
  EXPECT_THAT(parse_mountinfo(""), IsEmpty());
  EXPECT_EQ(parse_mountinfo("1 0 0:1 / / rw - tmpfs x rw").size(), 1U);
  EXPECT_EQ(parse_mountinfo("1 0 0:1 / / rw - tmpfs x rw\n").size(), 1U);
}

TEST(Mountinfo, UndoesTheKernelsEscapes) {
  const struct {
    const char* written;
    const char* path;
  } cases[] = {
      {"/a\\040b", "/a b"},
      {"/a\\011b", "/a\tb"},
      {"/a\\012b", "/a\nb"},
      {"/a\\134b", "/a\\b"},
      {"/a\\043b", "/a#b"},
      {"\\040\\040", "  "},
      {"/end\\040", "/end "},
      {"/\\134040", "/\\040"},  // a backslash and three digits, in the name itself
      {"/a\\04", "/a\\04"},     // what the kernel never writes stays as it is
      {"/a\\", "/a\\"},
      {"/a\\09x", "/a\\09x"},
      {"/a\\-12", "/a\\-12"},
      {"/\\377", "/\377"},
      {"/caf\303\251", "/caf\303\251"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(only_mount("1 0 0:1 / " + std::string(c.written) + " rw - tmpfs x rw").mount_point,
              c.path);
  }
}

TEST(Mountinfo, KnowsTheAttributesThatMatterAndNoPartsOfWords) {
  const struct {
    const char* options;
    MountAttr attributes;
  } cases[] = {
      {"rw", MountAttr::kNone},
      {"ro", MountAttr::kReadOnly},
      {"rw,nosuid", MountAttr::kNoSuid},
      {"ro,nosuid,nodev,noexec,noatime",
       MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec},
      {"rw,nosuidx,xnodev,roo", MountAttr::kNone},
      {"", MountAttr::kNone},
      {",,ro,,", MountAttr::kReadOnly},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(only_mount("1 0 0:1 / / " + std::string(c.options) + " - tmpfs x rw").attributes,
              c.attributes)
        << c.options;
  }
}

TEST(Mountinfo, TellsWhatPropagates) {
  const struct {
    const char* tags;
    bool propagates;
    bool shared;
  } cases[] = {
      {"", false, false},
      {"shared:1 ", true, true},
      {"master:7 ", true, false},
      {"shared:1 master:7 propagate_from:3 ", true, true},
      {"unbindable ", false, false},
      {"some-future-tag:9 ", false, false},
      {"some-future-tag:9 shared:2 ", true, true},
  };
  for (const auto& c : cases) {
    const MountInfo mount = only_mount("1 0 0:1 / / rw " + std::string(c.tags) + "- tmpfs x rw");
    EXPECT_EQ(mount.propagates, c.propagates) << c.tags;
    EXPECT_EQ(mount.shared, c.shared) << c.tags;
  }
}

TEST(Mountinfo, TellsAReadOnlyFileSystemFromAReadOnlyMount) {
  EXPECT_TRUE(only_mount("1 0 0:1 / / rw - iso9660 /dev/sr0 ro,utf8").read_only_system);
  EXPECT_FALSE(only_mount("1 0 0:1 / / ro - ext4 /dev/vda1 rw,errors=remount-ro").read_only_system);
}

TEST(Mountinfo, RefusesALineOfAnotherFormAndShowsIt) {
  const struct {
    const char* line;
    const char* why;
  } cases[] = {
      {"x 0 0:1 / / rw - tmpfs x rw", "not a number"},
      {"1 x 0:1 / / rw - tmpfs x rw", "not a number"},
      {"1x 0 0:1 / / rw - tmpfs x rw", "not a number"},
      {"-1 0 0:1 / / rw - tmpfs x rw", "not a number"},
      {"99999999999999999999 0 0:1 / / rw - tmpfs x rw", "not a number"},
      {" 1 0 0:1 / / rw - tmpfs x rw", "not a number"},
      {"", "not a number"},
      {"1", "not a number"},
      {"1 0", "no separator"},
      {"1 0 0:1 / / rw", "no separator"},
      {"1 0 0:1 / / rw shared:1", "no separator"},
      {"1 0 0:1 / / rw shared:1 tmpfs x rw", "no separator"},
      {"1 0 0:1 / / rw -", "no file system type"},
      {"1 0 0:1 / / rw - ", "no file system type"},
  };
  for (const auto& c : cases) {
    const std::string good = "2 1 0:2 / /x rw - tmpfs x rw\n";
    try {
      parse_mountinfo(good + c.line + "\n" + good);
      ADD_FAILURE() << "accepted: " << c.line;
    } catch (const std::invalid_argument& e) {
      EXPECT_EQ(std::string(e.what()), "mountinfo: " + std::string(c.why) + ": " + c.line);
    }
  }
}

}  // namespace
}  // namespace kekkai
