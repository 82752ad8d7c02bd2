// bind with slave, on the real kernel.
#include "box.h"

#include <kekkai/syscall/mountinfo.h>

#include <sys/mount.h>

namespace kekkai::kernel_tests {
namespace {

class Slave : public KernelTest {
 protected:
  Scratch scratch_;
};

// A slave takes in what the host mounts later, with the host's flags, and gives nothing back.
TEST_F(Slave, ShowsLaterMountsOfTheHost) {
  scratch_.make_directory("data/below");
  in_child_with_own_mounts([this] {
    const std::string data = scratch_ / "data", below = scratch_ / "data/below";
    ASSERT_EQ(::mount(data.c_str(), data.c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_SHARED, nullptr), 0);
    Box box = bare_box();
    box.ops()
        .bind({.source = data, .target = "/data", .slave = true})
        .bind({.source = data, .target = "/other"});
    Running running(box.steps({"ready", "--", "await-end-of-input", "--", "cat", "/data/below/file",
                               "--", "open", "/data/below/new", "wc", "--", "open", "/data/new",
                               "wc", "--", "list", "/other/below"}));
    running.expect_line("ready=yes");
    ASSERT_EQ(::mount("none", below.c_str(), "tmpfs", 0, "mode=777"), 0);
    scratch_.make_file("data/below/file", "after");
    running.end_input();
    running.expect_line("cat./data/below/file=after");
    running.expect_line("open./data/below/new=ok");
    running.expect_line("open./data/new=EROFS");
    running.expect_line("list./other/below=");
    EXPECT_EQ(running.wait().code(), 0);
  });
}

// What hides a part of a slave is not one itself.
TEST_F(Slave, MayBeCoveredInPart) {
  scratch_.make_directory("data/below");
  scratch_.make_file("data/file", "secret");
  in_child_with_own_mounts([this] {
    const std::string data = scratch_ / "data";
    ASSERT_EQ(::mount(data.c_str(), data.c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_SHARED, nullptr), 0);
    Box box = bare_box();
    box.ops()
        .bind({.source = data, .target = "/data", .writable = true, .slave = true})
        .mask({.path = "/data/file"})
        .read_only({.path = "/data/below"});
    std::vector<std::string> slaves;
    const std::string table = run(box.steps({"copy", "/proc/self/mountinfo"})).output;
    for (const MountInfo& mount : parse_mountinfo(table)) {
      if (mount.propagates) slaves.push_back(mount.mount_point);
      EXPECT_FALSE(mount.shared) << mount.mount_point;
    }
    EXPECT_THAT(slaves, testing::ElementsAre("/data"));
  });
}

}  // namespace
}  // namespace kekkai::kernel_tests
