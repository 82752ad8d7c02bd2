// What ops make and change on the host, where a set-up may: seen from inside, and left behind.
#include "box.h"

#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace kekkai::kernel_tests {

/// Stands for whoever asks for changes of the host by name.
struct AllowHostChanges {
  void early(SetupState& state, Dispatcher& /*k*/) const {
    state.host_changes = HostChanges::kInWritableBinds;
  }
  std::string describe() const { return "allow changes of the host"; }
  bool operator==(const AllowHostChanges&) const = default;
  template <class Archive>
  void serialize(Archive& /*ar*/) {}
};

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class HostChangesInBinds : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    scratch_.make_directory("srv");
    scratch_.make_file("srv/old", "a long old text");
    scratch_.make_file("elsewhere", "untouched");
    ASSERT_EQ(::chmod((scratch_ / "srv/old").c_str(), 0640), 0);
  }
  Box box(bool writable = true) const {
    Box box = bare_box();
    box.settings.init.self = true;
    box.ops()
        .add(AllowHostChanges{})
        .bind({.source = scratch_ / "srv", .target = "/srv", .writable = writable});
    return box;
  }
  std::string mode(const std::string& name) const {
    struct stat s {};
    if (::lstat((scratch_ / name).c_str(), &s) != 0) return "missing";
    EXPECT_EQ(s.st_uid, ::geteuid()) << name;
    char text[16];
    ::snprintf(text, sizeof text, "%o", s.st_mode);
    return text;
  }
  Scratch scratch_;
};

TEST_F(HostChangesInBinds, AreSeenInsideAndStay) {
  Box box = this->box();
  box.ops()
      .mkdir({.path = "/srv/dir", .mode = 01777})
      .tmpfs({.path = "/srv/cache/deep"})
      .symlink({.path = "/srv/link", .target = "old"})
      .file({.path = "/srv/mount", .content = "mounted"})
      .file({.path = "/srv/plain", .content = "written", .mode = 0604, .plain = true})
      .file({.path = "/srv/link", .content = "new", .plain = true})
      .chmod({.path = "/srv/plain", .mode = 0600});
  const Seen seen = probe(std::move(box), {"cat", "/srv/mount", "--", "cat", "/srv/plain", "--",
                                           "cat", "/srv/old", "--", "stat", "/srv/cache/deep"});
  EXPECT_EQ(seen["cat./srv/mount"], "mounted");
  EXPECT_EQ(seen["cat./srv/plain"], "written");
  EXPECT_EQ(seen["cat./srv/old"], "new");
  EXPECT_EQ(seen["stat./srv/cache/deep"], "directory 0755");
  EXPECT_EQ(mode("srv/dir"), "41777");
  EXPECT_EQ(mode("srv/cache"), "40755");
  EXPECT_EQ(mode("srv/cache/deep"), "40755");
  EXPECT_EQ(fs::read_symlink(scratch_ / "srv/link"), "old");
  EXPECT_EQ(mode("srv/mount"), "100444");
  EXPECT_EQ(read_file(scratch_ / "srv/mount"), "");
  EXPECT_EQ(mode("srv/plain"), "100600");
  EXPECT_EQ(mode("srv/old"), "100640") << "content is replaced, the mode stays";
  EXPECT_EQ(read_file(scratch_ / "srv/old"), "new");
}

TEST_F(HostChangesInBinds, StayInsideOfTheRoot) {
  const std::string target = scratch_ / "elsewhere";
  scratch_.make_link("srv/out", target);
  scratch_.make_link("srv/new", scratch_ / "missing");
  Box box = this->box();
  box.ops()
      .file({.path = "/srv/out", .content = "inside", .plain = true})
      .mkdir({.path = "/srv/new"})
      .chmod({.path = "/srv/out", .mode = 0600});
  EXPECT_EQ(probe(std::move(box), {"cat", target})["cat." + target], "inside");
  EXPECT_EQ(read_file(target), "untouched");
  EXPECT_EQ(mode("missing"), "missing");
}

TEST_F(HostChangesInBinds, AreRefusedInReadOnlyOnes) {
  const std::vector<std::function<void(Ops&)>> changes{
      [](Ops& o) { o.mkdir({.path = "/srv/new"}); },
      [](Ops& o) { o.tmpfs({.path = "/srv/new"}); },
      [](Ops& o) { o.file({.path = "/srv/new"}); },
      [](Ops& o) { o.file({.path = "/srv/old", .plain = true}); },
      [](Ops& o) { o.symlink({.path = "/srv/new", .target = "x"}); },
      [](Ops& o) { o.chmod({.path = "/srv/old", .mode = 0600}); }};
  const std::string before = host_snapshot(scratch_.path());
  for (const auto& change : changes) {
    Box box = this->box(false);
    change(box.ops());
    EXPECT_THAT(start_failure(std::move(box)).message(),
                HasSubstr(" is in a read-only bind of the host, where nothing can be made or "
                          "changed: make the bind writable"));
  }
  EXPECT_EQ(host_snapshot(scratch_.path()), before);
}

// The rights are those of who starts it: what belongs to others is out of reach, for root too,
// whose capabilities reach no owner without a name in the user namespace.
TEST_F(HostChangesInBinds, NeedTheRightsForThem) {
  std::string source = "/usr";
  if (::geteuid() == 0) {
    source = scratch_.make_directory("of-others");
    ASSERT_EQ(::chown(source.c_str(), 12345, 12345), 0);
  }
  Box box = bare_box();
  box.settings.init.self = true;
  box.ops()
      .add(AllowHostChanges{})
      .bind({.source = source, .target = "/others", .writable = true})
      .mkdir({.path = "/others/new-directory"});
  EXPECT_THAT(start_failure(std::move(box)).message(),
              HasSubstr("mkdirat /others/new-directory: Permission denied"));
  box = bare_box();
  box.settings.init.self = true;
  box.ops()
      .add(AllowHostChanges{})
      .bind({.source = source, .target = "/others", .writable = true})
      .chmod({.path = "/others", .mode = 0777});
  EXPECT_THAT(start_failure(std::move(box)).message(),
              HasSubstr("fchmod /others: Operation not permitted"));
}

class PlainFile : public KernelTest {};

TEST_F(PlainFile, IsTheProgramsToReplace) {
  Box box = bare_box();
  box.ops()
      .file({.path = "/tmp/a", .content = "first", .plain = true})
      .file({.path = "/tmp/a", .content = "2nd", .mode = 0600, .plain = true})
      .chmod({.path = "/tmp", .mode = 0750});
  const Seen seen =
      probe(std::move(box), {"cat", "/tmp/a", "--", "stat", "/tmp/a", "--", "write", "/tmp/a", "+",
                             "--", "rename", "/tmp/a", "/tmp/b", "--", "stat", "/tmp"});
  EXPECT_EQ(seen["cat./tmp/a"], "2nd");
  EXPECT_EQ(seen["stat./tmp/a"], "file 0644");
  EXPECT_EQ(seen["write./tmp/a"], "ok");
  EXPECT_EQ(seen["rename./tmp/a"], "ok");
  EXPECT_EQ(seen["stat./tmp"], "directory 0750");
}

}  // namespace
}  // namespace kekkai::kernel_tests

REGISTER_OP(kekkai::kernel_tests::AllowHostChanges, "test: allow host changes")
