#include <kekkai/ops/archive.h>
#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct OpCase {
  const char* name;
  const char* description;
  Ops one;  // the op alone
};

template <class Spec>
Ops only(Spec op) {
  Ops ops;
  ops.add(std::move(op));
  return ops;
}

// Each op once as it is by default, and once for each field that differs.
const std::vector<OpCase>& cases() {
  using namespace ops;  // NOLINT: for this table
  static const std::vector<OpCase> kCases{
      {"bind", "bind / on /", only(Bind{})},
      {"bind source", "bind /a on /", only(Bind{.source = "/a"})},
      {"bind target", "bind / on /b", only(Bind{.target = "/b"})},
      {"bind writable", "bind / on /", only(Bind{.writable = true})},
      {"bind device", "bind / on /", only(Bind{.device = true})},
      {"bind optional", "bind / on /", only(Bind{.optional = true})},
      {"bind ensure", "bind / on /", only(Bind{.ensure = true})},
      {"bind slave", "bind / on /", only(Bind{.slave = true})},
      {"bind odd source", "bind /a//b/../c d on /", only(Bind{.source = "/a//b/../c d"})},
      {"daemon", "daemon x", only(Daemon{.command = {"x"}, .ready = "/r"})},
      {"daemon command", "daemon y", only(Daemon{.command = {"y"}, .ready = "/r"})},
      {"daemon arguments", "daemon x", only(Daemon{.command = {"x", ""}, .ready = "/r"})},
      {"daemon ready", "daemon x", only(Daemon{.command = {"x"}, .ready = "/s"})},
      {"daemon timeout", "daemon x",
       only(Daemon{.command = {"x"}, .ready = "/r", .timeout = std::chrono::hours(1)})},
      {"dev", "dev on /dev", only(Dev{})},
      {"dev path", "dev on /d", only(Dev{.path = "/d"})},
      {"file", "file /", only(File{})},
      {"file path", "file /a", only(File{.path = "/a"})},
      {"file content", "file /", only(File{.content = std::string("a\0\xff\n", 4)})},
      {"file mode", "file /", only(File{.mode = 0600})},
      {"file writable", "file /", only(File{.writable = true})},
      {"bind descriptor", "bind descriptor 7 on /", only(Bind{.descriptor = 7})},
      {"dev read-only", "dev on /dev", only(Dev{.read_only = true})},
      {"dev mqueue", "dev on /dev", only(Dev{.mqueue = true})},
      {"etc", "etc /etc", only(Etc{})},
      {"etc source", "etc /e", only(Etc{.source = "/e"})},
      {"etc prefix", "etc /etc", only(Etc{.prefix = "x"})},
      {"remount", "remount /a ro", only(Remount{.path = "/a", .read_only = true})},
      {"remount noexec", "remount /a noexec", only(Remount{.path = "/a", .noexec = true})},
      {"remount nodev", "remount /a nodev", only(Remount{.path = "/a", .nodev = true})},
      {"remount all", "remount /a ro|nodev|noexec recursively",
       only(Remount{
           .path = "/a", .read_only = true, .noexec = true, .nodev = true, .recursive = true})},
      {"root", "root /", only(Root{})},
      {"root source", "root /r", only(Root{.source = "/r"})},
      {"root writable", "root /", only(Root{.writable = true})},
      {"mask", "mask /", only(Mask{})},
      {"mask required", "mask /", only(Mask{.required = true})},
      {"tmpfs optional", "tmpfs on /", only(Tmpfs{.optional = true})},
      {"mask path", "mask /a", only(Mask{.path = "/a"})},
      {"mkdir", "mkdir /", only(Mkdir{})},
      {"mkdir path", "mkdir /a", only(Mkdir{.path = "/a"})},
      {"mkdir mode", "mkdir /", only(Mkdir{.mode = 01777})},
      {"overlay", "overlay of /, / on /", only(Overlay{.lowers = {"/", "/"}})},
      {"overlay path", "overlay of /, / on /a", only(Overlay{.path = "/a", .lowers = {"/", "/"}})},
      {"overlay lowers", "overlay of /, /b on /", only(Overlay{.lowers = {"/", "/b"}})},
      {"overlay upper", "overlay of /u, /, / on /",
       only(Overlay{.lowers = {"/", "/"}, .upper = "/u", .work = "/w"})},
      {"overlay work", "overlay of /u, /, / on /",
       only(Overlay{.lowers = {"/", "/"}, .upper = "/u", .work = "/x"})},
      {"overlay ephemeral", "ephemeral overlay of /, / on /",
       only(Overlay{.lowers = {"/", "/"}, .ephemeral = true})},
      {"proc", "proc on /proc", only(Proc{})},
      {"proc path", "proc on /p", only(Proc{.path = "/p"})},
      {"proc open", "proc on /proc", only(Proc{.open = {"sys"}})},
      {"proc open two", "proc on /proc", only(Proc{.open = {"sys", "irq"}})},
      {"read-only", "read-only /", only(ReadOnly{})},
      {"read-only path", "read-only /a", only(ReadOnly{.path = "/a"})},
      {"read-only optional", "read-only /", only(ReadOnly{.optional = true})},
      {"symlink", "symlink / -> ", only(Symlink{})},
      {"symlink path", "symlink /a -> ", only(Symlink{.path = "/a"})},
      {"symlink target", "symlink / -> b", only(Symlink{.target = "b"})},
      {"symlink dereference", "symlink / -> ", only(Symlink{.dereference = true})},
      {"sysfs", "sysfs on /sys", only(Sysfs{})},
      {"sysfs path", "sysfs on /a", only(Sysfs{.path = "/a"})},
      {"cgroup2", "cgroup2 on /sys/fs/cgroup", only(Cgroup2{})},
      {"cgroup2 path", "cgroup2 on /a", only(Cgroup2{.path = "/a"})},
      {"proc pids only", "proc on /proc", only(Proc{.pids_only = true})},
      {"proc hidepid", "proc on /proc", only(Proc{.hidepid = "off"})},
      {"tmpfs", "tmpfs on /", only(Tmpfs{})},
      {"tmpfs path", "tmpfs on /a", only(Tmpfs{.path = "/a"})},
      {"tmpfs mode", "tmpfs on /", only(Tmpfs{.mode = 01777})},
      {"tmpfs read-only", "tmpfs on /", only(Tmpfs{.read_only = true})},
      {"tmpfs size", "tmpfs on /", only(Tmpfs{.size = uint64_t{1} << 40})},
  };
  return kCases;
}

TEST(Ops, SurviveTheSetupStream) {
  for (const OpCase& c : cases()) {
    EXPECT_EQ(Ops::decode(c.one.encode()), c.one) << c.name;
    EXPECT_EQ(Ops::decode(c.one.encode())[0].describe(), c.description) << c.name;
  }
}

TEST(Ops, AreEqualOnlyWhereEveryFieldIs) {
  for (const OpCase& a : cases()) {
    for (const OpCase& b : cases()) EXPECT_EQ(a.one == b.one, &a == &b) << a.name << ", " << b.name;
  }
}

TEST(Ops, DescribeThemselvesInTheUsersWords) {
  for (const OpCase& c : cases()) EXPECT_EQ(c.one[0].describe(), c.description) << c.name;
}

Ops one_of_each() {
  Ops ops;
  ops.bind({.source = "/usr", .target = "/usr"})
      .daemon({.command = {"/usr/bin/x", "--serve"}, .ready = "/run/x"})
      .dev()
      .etc()
      .file({.path = "/etc/hostname", .content = "box\n"})
      .mask({.path = "/boot"})
      .mkdir({.path = "/run"})
      .overlay({.path = "/o", .lowers = {"/a", "/b"}})
      .proc({.open = {"sys"}})
      .read_only({.path = "/usr"})
      .remount({.path = "/usr", .noexec = true})
      .root({.source = "/srv"})
      .symlink({.path = "/bin", .target = "usr/bin"})
      .tmpfs({.path = "/tmp", .mode = 01777});
  return ops;
}

TEST(Ops, KeepTheOrderInWhichTheyWereAdded) {
  const Ops ops = Ops::decode(one_of_each().encode());
  std::vector<std::string> descriptions;
  for (size_t i = 0; i < ops.size(); ++i) descriptions.push_back(ops[i].describe());
  EXPECT_THAT(descriptions,
              ::testing::ElementsAre("bind /usr on /usr", "daemon /usr/bin/x", "dev on /dev",
                                     "etc /etc", "file /etc/hostname", "mask /boot", "mkdir /run",
                                     "overlay of /a, /b on /o", "proc on /proc", "read-only /usr",
                                     "remount /usr noexec", "root /srv", "symlink /bin -> usr/bin",
                                     "tmpfs on /tmp"));
}

TEST(Ops, RefuseASecondRootOrEtc) {
  EXPECT_THAT([] { Ops().root().bind({}).root({.source = "/r"}); },
              ::testing::ThrowsMessage<Refusal>(
                  "root /r is the second of its kind, and there can be only one"));
  Ops ops;
  ops.etc().mkdir({.path = "/a"});
  const Ops before = ops;
  EXPECT_THAT([&] { ops.append(Ops().mkdir({.path = "/b"}).etc({.source = "/e"})); },
              ::testing::ThrowsMessage<Refusal>(
                  "etc /e is the second of its kind, and there can be only one"));
  EXPECT_TRUE(ops == before) << "a refused list leaves nothing";
}

TEST(Ops, RefuseASecondRootOfAStream) {
  const std::string one = Ops().root().encode();
  std::string two = one + one.substr(sizeof(uint64_t));
  two[0] = 2;  // the length
  EXPECT_ANY_THROW(Ops::decode(two));
}

TEST(Ops, TellWhichDescriptorsTheyNeed) {
  Ops ops;
  ops.bind({.descriptor = 9, .target = "/a"}).bind({.source = "/b", .target = "/b"});
  ops.bind({.descriptor = 4, .target = "/c"}).bind({.descriptor = 9, .target = "/d"});
  EXPECT_THAT(ops.descriptors(), ::testing::ElementsAre(4, 9));
}

TEST(Ops, DifferWhereOrderOrLengthDo) {
  Ops ab = only(ops::Mkdir{.path = "/a"});
  Ops ba = only(ops::Mkdir{.path = "/b"});
  ab.mkdir({.path = "/b"});
  ba.mkdir({.path = "/a"});
  EXPECT_FALSE(ab == ba);
  EXPECT_FALSE(ab == only(ops::Mkdir{.path = "/a"}));
  EXPECT_FALSE(only(ops::Mkdir{}) == Ops());
  EXPECT_EQ(Ops(), Ops());
}

TEST(Ops, AreCopiedDeeply) {
  Ops original = only(ops::Mkdir{.path = "/a"});
  Ops copy = original;
  dynamic_cast<OpOf<ops::Mkdir>&>(copy[0]).spec.mode = 0700;
  EXPECT_FALSE(copy == original);
  copy = original;
  EXPECT_EQ(copy, original);
  const Ops& same = copy;
  copy = same;
  EXPECT_EQ(copy, original);
  const Ops moved = std::move(copy);
  EXPECT_EQ(moved, original);
}

TEST(Ops, NoneAreAListToo) { EXPECT_EQ(Ops::decode(Ops().encode()), Ops()); }

// Hostile bytes. The list begins with its length (8 bytes); an op with the length of its name (8)
// and the name.
constexpr size_t kNameAt = 8 + 8;

std::string with_bytes(std::string bytes, size_t at, std::string_view patch) {
  return bytes.replace(at, patch.size(), patch);
}

std::string number(uint64_t value, size_t size) {
  return {reinterpret_cast<const char*>(&value), size};
}

std::string mkdir_bytes() { return only(ops::Mkdir{.path = "/a"}).encode(); }

TEST(OpsDecode, RefusesEveryTruncation) {
  const std::string bytes = one_of_each().encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(Ops::decode(std::string_view(bytes).substr(0, size)), std::exception) << size;
  }
}

TEST(OpsDecode, RefusesTrailingBytes) {
  EXPECT_THAT([] { Ops::decode(mkdir_bytes() + '\0'); },
              ThrowsMessage<cereal::Exception>("there are bytes after the ops"));
}

TEST(OpsDecode, RefusesAnUnknownOp) {
  EXPECT_THAT([] { Ops::decode(with_bytes(mkdir_bytes(), kNameAt, "mkdjr")); },
              ThrowsMessage<cereal::Exception>("there is no op named \"mkdjr\""));
}

struct Hostile {
  const char* name;
  std::string bytes;
  const char* message;  // or empty: any
};
std::ostream& operator<<(std::ostream& out, const Hostile& h) { return out << h.name; }

class OpsDecodeHostile : public ::testing::TestWithParam<Hostile> {};

TEST_P(OpsDecodeHostile, IsRefused) {
  EXPECT_THAT([] { Ops::decode(GetParam().bytes); },
              ThrowsMessage<std::exception>(HasSubstr(GetParam().message)));
}

const size_t kAfterName = kNameAt + 5;  // "mkdir"
const std::string kHuge = number(UINT64_MAX, 8);

INSTANTIATE_TEST_SUITE_P(
    Bytes, OpsDecodeHostile,
    ::testing::Values(
        Hostile{"empty", "", "it ends too early"},
        Hostile{"no_name", with_bytes(mkdir_bytes(), 8, number(0, 8)), "there is no op named \"\""},
        Hostile{"huge_list", kHuge, "it announces more than it holds"},
        Hostile{"longer_list", with_bytes(mkdir_bytes(), 0, number(2, 8)), "it ends too early"},
        Hostile{"huge_name", with_bytes(mkdir_bytes(), 8, kHuge),
                "it announces more than it holds"},
        Hostile{"huge_path", with_bytes(mkdir_bytes(), kAfterName, kHuge),
                "it announces more than it holds"},
        Hostile{"relative_path", with_bytes(mkdir_bytes(), kAfterName + 8, "ab"),
                "\"ab\" is not an absolute path"},
        Hostile{"path_with_nul", with_bytes(mkdir_bytes(), kAfterName + 9, std::string(1, '\0')),
                ""}),
    [](const auto& param) { return std::string(param.param.name); });

// Bind ends in four truth values.
TEST(OpsDecode, RefusesATruthValueThatIsNeither) {
  const std::string bytes = only(ops::Bind{}).encode();
  for (size_t back = 1; back <= 4; ++back) {
    for (const char value : {'\x02', '\x7f', '\xff'}) {
      EXPECT_THAT(
          [&] {
            Ops::decode(with_bytes(bytes, bytes.size() - back, {&value, 1}));
          },
          ThrowsMessage<cereal::Exception>("a truth value is neither 0 nor 1"));
    }
  }
}

TEST(OpsDecode, RefusesAParentInAContainerPath) {
  std::string bytes = only(ops::Mkdir{.path = "/a/bb"}).encode();
  bytes.replace(bytes.find("/a/bb"), 5, "/a/..");
  EXPECT_THAT([&] { Ops::decode(bytes); },
              ThrowsMessage<PathError>("\"/a/..\" contains \"..\": name the place itself"));
}

// No byte may make it crash or take memory that is not there.
TEST(OpsDecode, SurvivesEveryByteChanged) {
  const std::string bytes = one_of_each().encode();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ change);
      try {
        const Ops ops = Ops::decode(changed);
        for (size_t i = 0; i < ops.size(); ++i) ops[i].describe();
      } catch (const std::exception&) {  // NOLINT: any answer is fine
      }
    }
  }
}

}  // namespace
}  // namespace kekkai
