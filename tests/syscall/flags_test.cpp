#include <kekkai/syscall/flags.h>
#include <kekkai/syscall/syscall_error.h>

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace kekkai {
namespace {

TEST(Flags, HaveTheNamesOfTheManual) {
  EXPECT_EQ(names(Open::kReadOnly), "0");
  EXPECT_EQ(names(Open::kPath | Open::kDirectory), "O_PATH|O_DIRECTORY");
  EXPECT_EQ(names(Open::kWriteOnly | Open::kCreate | Open::kExclusive), "O_WRONLY|O_CREAT|O_EXCL");
  EXPECT_EQ(names(Open::kReadWrite | Open::kNonBlock | Open::kNoFollow),
            "O_RDWR|O_NOFOLLOW|O_NONBLOCK");
  EXPECT_EQ(names(Resolve::kAnywhere), "0");
  EXPECT_EQ(names(Resolve::kInRoot | Resolve::kNoMagicLinks), "NO_MAGICLINKS|IN_ROOT");
  EXPECT_EQ(names(Resolve::kBeneath | Resolve::kNoSymlinks), "NO_SYMLINKS|BENEATH");
  EXPECT_EQ(names(MountAttr::kNone), "0");
  EXPECT_EQ(
      names(MountAttr::kNoExec | MountAttr::kNoDev | MountAttr::kNoSuid | MountAttr::kReadOnly),
      "ro|nosuid|nodev|noexec");
  EXPECT_EQ(names(Propagation::kKeep), "0");
  EXPECT_EQ(names(Propagation::kPrivate), "private");
  EXPECT_EQ(names(Propagation::kSlave), "slave");
  EXPECT_EQ(names(Namespace::kUser | Namespace::kPid | Namespace::kMount | Namespace::kIpc |
                  Namespace::kUts | Namespace::kCgroup | Namespace::kNet),
            "user|pid|mnt|ipc|uts|cgroup|net");
}

TEST(Flags, WithoutANameAreShownAsANumber) {
  EXPECT_EQ(names(static_cast<MountAttr>(0x400)), "1024");
  EXPECT_EQ(names(static_cast<MountAttr>(0x401)), "ro|1024");
}

TEST(Flags, AreTestedAsAWhole) {
  constexpr MountAttr kBoth = MountAttr::kReadOnly | MountAttr::kNoSuid;
  static_assert(has(kBoth, MountAttr::kReadOnly));
  static_assert(has(kBoth, MountAttr::kNone));
  static_assert(!has(MountAttr::kReadOnly, kBoth));
  static_assert((kBoth & ~MountAttr::kReadOnly) == MountAttr::kNoSuid);
}

TEST(SignalName, IsThatOfTheShellWithItsPrefix) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGWINCH), "SIGWINCH");
  EXPECT_EQ(signal_name(70), "signal 70");
  EXPECT_EQ(signal_name(0), "signal 0");
  EXPECT_EQ(signal_name(-1), "signal -1");
}

TEST(ErrnoName, IsThatOfTheManual) {
  EXPECT_EQ(errno_name(ENOENT), "ENOENT");
  EXPECT_EQ(errno_name(EAGAIN), "EAGAIN");
  EXPECT_EQ(errno_name(999), "errno 999");
}

TEST(SyscallError, SaysTheCallAndWhy) {
  const SyscallError error(EACCES, "open_tree /srv/data");
  EXPECT_STREQ(error.what(), "open_tree /srv/data: Permission denied");
  EXPECT_EQ(error.call(), "open_tree /srv/data");
  EXPECT_EQ(error.error(), EACCES);
  EXPECT_EQ(error.code(), std::errc::permission_denied);
}

}  // namespace
}  // namespace kekkai
