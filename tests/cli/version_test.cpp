#include "../../cli/version.h"

#include <gmock/gmock.h>

#include <map>

namespace kekkai::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

using Files = std::map<std::string, std::string>;

const Files kGoodHost{{"/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"},
                      {"/proc/sys/user/max_user_namespaces", "31234\n"},
                      {"/proc/sys/kernel/seccomp/actions_avail", "errno allow\n"}};

std::string version_on(const Files& files) {
  return version_text([&](const std::string& path) -> std::optional<std::string> {
    const auto file = files.find(path);
    return file == files.end() ? std::nullopt : std::optional(file->second);
  });
}

std::string version_on(Files files, const std::string& path, const std::string& content) {
  files[path] = content;
  return version_on(files);
}

TEST(Version, TellsItselfFirst) {
  EXPECT_THAT(version_on(kGoodHost), StartsWith("kekkai " KEKKAI_VERSION "\n"));
}

TEST(Version, TellsTheBuild) {
  EXPECT_THAT(
      version_on(kGoodHost),
      ContainsRegex("\nbuild                (GNU|Clang) [0-9.]+, [^\n]*(static|dynamic)\n"));
}

TEST(Version, TellsWhatTheKernelHas) {
  EXPECT_THAT(version_on(kGoodHost), HasSubstr("\nkernel               6.1.0-18-amd64\n"
                                               "user namespaces      usable\n"
                                               "system call filters  usable\n"));
}

TEST(Version, TellsWhatTheKernelLacks) {
  EXPECT_THAT(version_on({}),
              HasSubstr("\nkernel               unknown: is proc mounted at /proc?\n"
                        "user namespaces      missing\n"
                        "system call filters  missing (CONFIG_SECCOMP_FILTER)\n"));
  EXPECT_THAT(version_on(kGoodHost, "/proc/sys/user/max_user_namespaces", "0\n"),
              HasSubstr("\nuser namespaces      switched off (user.max_user_namespaces is 0)\n"));
  EXPECT_THAT(version_on(kGoodHost, "/proc/sys/kernel/unprivileged_userns_clone", "0\n"),
              HasSubstr("only for root (kernel.unprivileged_userns_clone is 0)\n"));
  EXPECT_THAT(
      version_on(kGoodHost, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"),
      HasSubstr("restricted (kernel.apparmor_restrict_unprivileged_userns is 1)\n"));
  EXPECT_EQ(version_on(kGoodHost, "/proc/sys/kernel/unprivileged_userns_clone", "1\n"),
            version_on(kGoodHost));
  EXPECT_EQ(version_on(kGoodHost, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "0\n"),
            version_on(kGoodHost));
}

TEST(Version, KnowsWhichKernelsAreTooOld) {
  for (const char* release : {"6.1", "6.1.0", "6.10.2-arch", "6.2-rc1", "7.0", "10.0"}) {
    EXPECT_THAT(version_on(kGoodHost, "/proc/sys/kernel/osrelease", release),
                HasSubstr(std::string("\nkernel               ") + release + "\n"));
  }
  for (const char* release : {"6.0.19", "5.15", "5.19", "4.4.302", "6", "6-1", "x"}) {
    EXPECT_THAT(version_on(kGoodHost, "/proc/sys/kernel/osrelease", release),
                HasSubstr(std::string(release) + " (too old: 6.1 or later is needed)\n"));
  }
}

}  // namespace
}  // namespace kekkai::cli
