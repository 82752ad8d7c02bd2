// Corners of single calls that random lists of ops do not reach: on Linux and on the fake kernel
// they have to end alike. Left out is what nothing of Kekkai asks for (docs/testing.md).
#include "box.h"

#include <kekkai/ops/contents.h>
#include <kekkai/simulation/fake_kernel.h>

#include <array>
#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

/// Carries out calls below one folder, and writes down how each of them ends.
class Corners {
 public:
  Corners(Dispatcher& k, const std::string& folder) : k_(k), folder_(folder) {
    k_.umask(0);
    top_ = k_.openat2(Fd::cwd(), folder, Open::kPath | Open::kDirectory, Resolve::kAnywhere);
  }

  std::vector<std::string> results;

  void of_names_and_paths() {
    for (const size_t length : {255U, 256U}) {
      const std::string name(length, 'n'), what = std::to_string(length) + " bytes, ";
      note(what + "open", [&] { open(name); });
      note(what + "mkdir", [&] { k_.mkdirat(top_, name, 0755); });
      note(what + "create", [&] { create(std::string(length, 'c')); });
      note(what + "link", [&] { k_.symlinkat("x", top_, std::string(length, 'l')); });
    }
    for (const size_t length : {4095U, 4096U}) {
      const std::string what = std::to_string(length) + " bytes, ";
      note(what + "path", [&] { open(std::string(length, '/')); });
      note(what + "target",
           [&] { k_.symlinkat(std::string(length, 'x'), top_, std::to_string(length)); });
    }
    for (const char* name : {"", ".", "..", "dir/.", "none/sub", "dir/sub", "dir/sub/", "file/x"}) {
      const std::string what = std::string("\"") + name + "\", ";
      note(what + "mkdir", [&] { k_.mkdirat(top_, name, 0755); });
      note(what + "link", [&] { k_.symlinkat("x", top_, name); });
      note(what + "readlink", [&] { k_.readlinkat(top_, name); });
      note(what + "execute", [&] { k_.access_executable(top_, name); });
    }
  }

  void of_links() {
    k_.symlinkat("dir", top_, "link1");
    for (int i = 2; i <= 42; ++i) {
      k_.symlinkat("link" + std::to_string(i - 1), top_, "link" + std::to_string(i));
    }
    for (const Resolve resolve : {Resolve::kAnywhere, Resolve::kInRoot, Resolve::kBeneath}) {
      for (const char* path : {"link40", "link41", "link40/sub", "loop", "nowhere", "up", "up/..",
                               "dir/../..", "to-etc", "/", ".."}) {
        const std::string what = names(resolve) + " " + path;
        note(what, [&] { k_.openat2(top_, path, Open::kPath, resolve); });
        note(what + ", not followed",
             [&] { k_.openat2(top_, path, Open::kPath | Open::kNoFollow, resolve); });
      }
    }
  }

  void of_descriptors() {
    for (const char* path : {"file", "dir"}) {
      for (const Open flags : {Open::kPath, Open::kReadOnly, Open::kWriteOnly, Open::kReadWrite}) {
        const std::string what = path + (" " + names(flags)) + ", ";
        UniqueFd fd;
        note(what + "open", [&] { fd = open(path, flags); });
        if (!fd) continue;
        note(what + "read", [&] { read_text(k_, fd); });
        note(what + "write", [&] { write_all(k_, fd, "text"); });
        note(what + "chmod", [&] { k_.fchmod(fd, 0755); });
        note(what + "list", [&] { k_.getdents64(fd); });
        note(what + "enter", [&] { k_.fchdir(fd); });
        note(what + "mkdir in it", [&] { k_.mkdirat(fd, "new", 0755); });
      }
    }
  }

  void of_modes() {
    note_mode("all", 07777);
    k_.umask(027);
    note_mode("under a umask", 01777);
    k_.umask(0);
    const UniqueFd parent = open("dir", Open::kReadOnly);
    k_.fchmod(parent, 02775);
    note_mode("dir/inherited", 0700);
  }

  void of_file_systems() {
    const UniqueFd context = k_.fsopen("tmpfs");
    note("mount too early", [&] { k_.fsmount(context, MountAttr::kNone); });
    for (const size_t length : {255U, 256U}) {
      note(std::to_string(length) + " bytes of an option",
           [&] { k_.fsconfig_string(context, "mode", std::string(length - 3, '0') + "755"); });
    }
    note("create", [&] { k_.fsconfig_create(context); });
    note("create again", [&] { k_.fsconfig_create(context); });
    note("an option too late", [&] { k_.fsconfig_string(context, "mode", "755"); });
  }

  void of_mounts() {
    for (const char* name : {"a", "b", "c"}) k_.mkdirat(top_, name, 0755);
    note("on a directory", [&] { k_.move_mount(new_tmpfs(), open("a")); });
    note("on a file", [&] { k_.move_mount(new_tmpfs(), open("file")); });
    note("no mount", [&] { k_.move_mount(open("dir"), open("b")); });
    note("of no mount", [&] { add(open("dir"), MountAttr::kReadOnly); });
    k_.mkdirat(open("a"), "sub", 0755);
    k_.mkdirat(open("a"), "old", 0755);
    create("a/file").reset();
    note("below a", [&] { k_.move_mount(new_tmpfs(), open("a/sub")); });
    note("below itself", [&] { k_.move_mount(open("a"), open("a/old")); });
    note("a tree in part", [&] { k_.open_tree(open("a"), Reach::kOne); });
    note("read-only", [&] { add(open("a"), MountAttr::kReadOnly); });
    note("on read-only, there", [&] { k_.mkdirat(open("a"), "old", 0755); });
    note("on read-only, new", [&] { k_.mkdirat(open("a"), "new", 0755); });
    note("on read-only, link there", [&] { k_.symlinkat("x", open("a"), "old"); });
    note("on read-only, create", [&] { create("a/new"); });
    note("below read-only", [&] { k_.mkdirat(open("a/sub"), "new", 0755); });
  }

  void of_roots() {
    enter("dir");
    note("unmount no mount", [&] { k_.detach_working_directory(); });
    note("into no mount", [&] { k_.pivot_root("."); });
    enter("a");
    note("the old one nowhere", [&] { k_.pivot_root("missing"); });
    note("the old one on a file", [&] { k_.pivot_root("file"); });
    note("into a mount", [&] { k_.pivot_root("old"); });
    note("where it was", [&] { k_.openat2(Fd::cwd(), folder_, Open::kPath, Resolve::kAnywhere); });
    note("where it is",
         [&] { k_.openat2(Fd::cwd(), "/old" + folder_, Open::kPath, Resolve::kAnywhere); });
    const ResourceLimit limit = k_.getrlimit(7);
    note("soft over hard", [&] { k_.setrlimit({7, limit.hard, limit.hard - 1}); });
  }

 private:
  void note(const std::string& what, const std::function<void()>& call) {
    try {
      call();
      results.push_back(what + ": done");
    } catch (const SyscallError& e) {
      results.push_back(what + ": " + errno_name(e.error()));
    }
  }
  void note_mode(const std::string& name, mode_t mode) {
    k_.mkdirat(top_, name, mode);
    results.push_back(name + ": " + std::to_string(k_.statx(open(name)).mode));
  }
  UniqueFd open(const std::string& path, Open flags = Open::kPath) {
    return k_.openat2(top_, path, flags, Resolve::kAnywhere);
  }
  UniqueFd create(const std::string& path) {
    return k_.openat2(top_, path, Open::kCreate | Open::kExclusive | Open::kWriteOnly,
                      Resolve::kBeneath, 0600);
  }
  UniqueFd new_tmpfs() {
    return make_file_system(k_, "tmpfs", {{"mode", "755"}}, MountAttr::kNone);
  }
  void add(Fd mount, MountAttr what) {
    k_.mount_setattr(mount, what, Propagation::kKeep, Reach::kOne);
  }
  void enter(const std::string& path) { k_.fchdir(open(path)); }

  Dispatcher& k_;
  const std::string folder_;
  UniqueFd top_;
};

std::vector<std::string> results_on(Dispatcher& k, const std::string& folder) {
  const UniqueFd root = k.openat2(Fd::cwd(), "/", Open::kPath, Resolve::kAnywhere);
  k.mount_setattr(root, MountAttr::kNone, Propagation::kPrivate, Reach::kRecursive);
  Corners corners(k, folder);
  corners.of_names_and_paths();
  corners.of_links();
  corners.of_descriptors();
  corners.of_modes();
  corners.of_file_systems();
  corners.of_mounts();
  corners.of_roots();
  return corners.results;
}

class FakeCorners : public KernelTest {};

TEST_F(FakeCorners, AreThoseOfLinux) {
  const Scratch scratch;
  constexpr std::array<std::pair<const char*, const char*>, 4> kLinks{
      {{"loop", "loop"}, {"nowhere", "no/where"}, {"up", ".."}, {"to-etc", "/etc"}}};
  testing::FakeKernel fake;
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  fake.set_ids({uid, uid, uid}, {gid, gid, gid});
  fake.host("/etc").directory();
  fake.host(scratch.path()).directory(0700).owned_by(uid, gid);
  scratch.make_directory("dir");
  fake.host(scratch / "dir").directory(0755).owned_by(uid, gid);
  std::filesystem::permissions(scratch / "dir", std::filesystem::perms(0755));
  scratch.make_file("file", "content");
  fake.host(scratch / "file").regular("content").owned_by(uid, gid);
  std::filesystem::permissions(scratch / "file", std::filesystem::perms(0644));
  for (const auto& [name, target] : kLinks) {
    scratch.make_link(name, target);
    fake.host(scratch / name).link_to(target).owned_by(uid, gid);
  }
  in_child_with_own_mounts([&] {
    const std::vector<std::string> linux_says = results_on(kernel(), scratch.path());
    fake.enter_namespaces(Namespace::kUser | Namespace::kMount);
    const std::vector<std::string> fake_says = results_on(fake, scratch.path());
    EXPECT_GT(linux_says.size(), 150U);
    ASSERT_EQ(fake_says.size(), linux_says.size());
    for (size_t i = 0; i < linux_says.size(); ++i) EXPECT_EQ(fake_says[i], linux_says[i]);
  });
}

}  // namespace
}  // namespace kekkai::kernel_tests
