#include <kekkai/simulation/mirror.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace kekkai::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A host to be mirrored: a fake one, too, so that each test says what is there.
struct Mirrored : ::testing::Test {
  FakeKernel host;

  Mirrored() {
    host.host("/proc/self/exe").magic_link_to("/usr/bin/kekkai");
    host.host("/proc/self/cwd").magic_link_to("/");
    host.host("/proc/self/root").magic_link_to("/");
    for (int number = 0; number <= 2; ++number) host.inherit_file(number, "/dev/null");
  }

  static UniqueFd open(FakeKernel& k, const std::string& path, Open flags = Open::kPath) {
    return k.openat2(Fd::cwd(), path, flags, Resolve::kAnywhere, 0);
  }
  static int error_of(FakeKernel& k, const std::string& path, Open flags = Open::kPath) {
    try {
      open(k, path, flags);
      return 0;
    } catch (const SyscallError& e) {
      return e.error();
    }
  }
};

TEST_F(Mirrored, HasTheFilesOfTheHost) {
  host.host("/etc/hostname").regular("box\n").owned_by(7, 8);
  host.host("/etc/link").link_to("hostname");
  const auto mirror = mirror_host(host);
  const UniqueFd file = open(*mirror, "/etc/link", Open::kReadOnly);
  EXPECT_EQ(read_text(*mirror, file), "box\n");
  EXPECT_EQ(mirror->statx(file).uid, 7U);
  EXPECT_THAT(mirror->getdents64(open(*mirror, "/etc", Open::kReadOnly)),
              ElementsAre("hostname", "link"));
  EXPECT_EQ(error_of(*mirror, "/etc/none"), ENOENT);
}

TEST_F(Mirrored, LooksAtAFileOnlyWhenSomebodyAsks) {
  host.host("/srv/data/file").regular("text");
  std::vector<std::string> calls;
  const auto mirror = mirror_host(host);
  host.on_call([&](const std::string& line) { calls.push_back(line); });
  open(*mirror, "/srv/data");
  EXPECT_THAT(calls, Contains(HasSubstr("openat2 /srv/data ")));
  EXPECT_THAT(calls, Not(Contains(HasSubstr("file"))));
}

TEST_F(Mirrored, KeepsWhatHappensToItself) {
  host.host("/srv").directory(0777);
  const std::vector<std::string> before = host.tree();
  const auto mirror = mirror_host(host);
  mirror->mkdirat(open(*mirror, "/srv"), "new", 0700);
  EXPECT_EQ(error_of(*mirror, "/srv/new"), 0);
  EXPECT_EQ(host.tree(), before);
}

TEST_F(Mirrored, AFileThatWasRemovedDoesNotComeBack) {
  host.host("/srv").directory(0777);
  host.host("/srv/old").regular();
  const auto mirror = mirror_host(host);
  mirror->unlinkat(open(*mirror, "/srv"), "old");
  EXPECT_EQ(error_of(*mirror, "/srv/old"), ENOENT);
}

TEST_F(Mirrored, HasTheMountsOfTheHost) {
  host.host("/mnt/disk").directory();
  host.mount_on_host("/mnt/disk", "xfs");
  host.host("/mnt/disk/on it").regular();
  const auto mirror = mirror_host(host);
  EXPECT_THAT(mirror->mountinfo(), HasSubstr(" /mnt/disk rw"));
  EXPECT_EQ(error_of(*mirror, "/mnt/disk/on it"), 0);
}

TEST_F(Mirrored, NeverLooksBelowAnAutomount) {
  host.host("/net").directory();
  host.mount_on_host("/net", "autofs");
  host.host("/net/far").directory();
  const auto mirror = mirror_host(host);
  host.fail_call("openat2 /net/", EIO, FakeKernel::kAlways);
  EXPECT_EQ(error_of(*mirror, "/net/far"), ENOENT);
}

TEST_F(Mirrored, RefusesWhatTheHostRefuses) {
  host.host("/closed").directory(0700);
  host.host("/closed/file").regular();
  host.host("/of-group").directory(0750).owned_by(0, 44);
  host.host("/of-group/file").regular();
  const auto mirror = mirror_host(host);
  EXPECT_EQ(error_of(*mirror, "/closed/file"), EACCES);
  EXPECT_EQ(error_of(*mirror, "/of-group/file"), EACCES);
  const auto of_member = mirror_host(host);
  of_member->set_groups({43, 44});
  host.set_ids({}, {});  // looks for both
  EXPECT_EQ(error_of(*of_member, "/of-group/file"), 0);
}

TEST_F(Mirrored, KnowsDescriptorsByPathOrByWhatTheyAre) {
  host.host("/srv/data").directory();
  host.inherit_file(7, "/srv/data");
  host.inherit_object(8, "pipe:[12]", S_IFIFO | 0600);
  const auto mirror = mirror_host(host);
  for (const int number : {7, 8, 9}) mirror_descriptor(host, *mirror, number);
  EXPECT_EQ(mirror->readlinkat(Fd::cwd(), "/proc/self/fd/7"), "/srv/data");
  EXPECT_EQ(mirror->readlinkat(Fd::cwd(), "/proc/self/fd/8"), "pipe:[12]");
  EXPECT_FALSE(mirror->is_open(9));
}

TEST_F(Mirrored, HasEveryLimitOfTheHost) {
  host.set_limit({RLIMIT_CORE, 1, 2});
  host.set_limit({RLIMIT_RTTIME, 3, 4});
  const auto mirror = mirror_host(host);
  EXPECT_EQ(mirror->getrlimit(RLIMIT_CORE), (ResourceLimit{RLIMIT_CORE, 1, 2}));
  EXPECT_EQ(mirror->getrlimit(RLIMIT_RTTIME), (ResourceLimit{RLIMIT_RTTIME, 3, 4}));
}

TEST_F(Mirrored, HasNoTerminalWhereTheHostHasNone) {
  host.fail_call("openat2 /dev/tty", ENXIO, FakeKernel::kAlways);
  const auto mirror = mirror_host(host);
  EXPECT_EQ(error_of(*mirror, "/dev/tty", Open::kReadWrite), ENXIO);
}

}  // namespace
}  // namespace kekkai::testing
