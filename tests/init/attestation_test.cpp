#include <kekkai/init/attestation.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace kekkai {
namespace {

using testing::ScriptedDispatcher;

constexpr MountAttr kLocked = MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev;
const std::string kPrefix = "the container is not what was asked for: ";

std::string difference(const std::function<void()>& run) {
  try {
    run();
    return "none";
  } catch (const Refusal& e) {
    const std::string text = e.what();
    EXPECT_TRUE(text.starts_with(kPrefix)) << text;
    return text.substr(kPrefix.size());
  }
}

// A root, /data with a mount of its own below it that came with the bind, and /tmp.
struct Tables {
  std::vector<MountInfo> mounts{
      {.id = 10, .parent_id = 1, .mount_point = "/", .attributes = kLocked, .type = "ext4"},
      {.id = 11, .parent_id = 10, .mount_point = "/data", .attributes = kLocked, .type = "ext4"},
      {.id = 12, .parent_id = 11, .mount_point = "/data/sub", .attributes = kLocked, .type = "xfs"},
      {.id = 13,
       .parent_id = 10,
       .mount_point = "/tmp",
       .attributes = MountAttr::kNoSuid | MountAttr::kNoDev,
       .type = "tmpfs"},
  };
  std::vector<ExpectedMount> expected{
      {.path = "/", .id = 10, .parent_id = 99, .attributes = kLocked},
      {.path = "/data", .id = 11, .parent_id = 10, .attributes = kLocked},
      {.path = "/tmp",
       .id = 13,
       .parent_id = 10,
       .attributes = MountAttr::kNoSuid | MountAttr::kNoDev},
  };
};

TEST(CompareMounts, RefusesEveryDifference) {
  const struct {
    const char* name;
    std::function<void(Tables&)> change;
    const char* difference;
  } cases[] = {
      {"none", [](Tables&) {}, "none"},
      {"one too few", [](Tables& t) { t.mounts.pop_back(); }, "nothing is mounted on /tmp"},
      {"another mount in its place", [](Tables& t) { t.mounts[3].id = 77; },
       "nothing is mounted on /tmp"},
      {"the root is missing", [](Tables& t) { t.mounts.erase(t.mounts.begin()); },
       "nothing is mounted on /"},
      {"in another place",
       [](Tables& t) { t.mounts[1].parent_id = 13, t.mounts[1].mount_point = "/tmp/data"; },
       "what belongs on /data is mounted on /tmp/data"},
      {"one too many",
       [](Tables& t) {
         t.mounts.push_back({.id = 50, .parent_id = 2, .mount_point = "/evil", .type = "x"});
       },
       "nobody asked for the mount on /evil"},
      {"one too many below it",
       [](Tables& t) {
         t.mounts.push_back({.id = 50, .parent_id = 51, .mount_point = "/evil", .type = "x"});
         t.mounts.push_back({.id = 51, .parent_id = 2, .mount_point = "/", .type = "x"});
       },
       "nobody asked for the mount on /evil"},
      {"mounts that are mounted on each other",
       [](Tables& t) {
         t.mounts.push_back({.id = 50, .parent_id = 51, .mount_point = "/a", .type = "x"});
         t.mounts.push_back({.id = 51, .parent_id = 50, .mount_point = "/a/b", .type = "x"});
       },
       "nobody asked for the mount on /a"},
      {"all of it came in with the root",
       [](Tables& t) { t.mounts.pop_back(), t.expected.resize(1); }, "none"},
      {"writable",
       [](Tables& t) { t.mounts[1].attributes = MountAttr::kNoSuid | MountAttr::kNoDev; },
       "the mount on /data lacks ro"},
      {"open in every way", [](Tables& t) { t.mounts[0].attributes = MountAttr::kNone; },
       "the mount on / lacks ro|nosuid|nodev"},
      {"writable below a read-only bind",
       [](Tables& t) { t.mounts[2].attributes = MountAttr::kNoSuid | MountAttr::kNoDev; },
       "the mount on /data/sub lacks ro"},
      {"with devices", [](Tables& t) { t.mounts[3].attributes = MountAttr::kNoSuid; },
       "the mount on /tmp lacks nodev"},
      {"more restricted than it has to be",
       [](Tables& t) { t.mounts[3].attributes = kLocked | MountAttr::kNoExec; }, "none"},
      {"shared", [](Tables& t) { t.mounts[1].propagates = true; }, "the mount on /data propagates"},
      {"shared below", [](Tables& t) { t.mounts[2].propagates = true; },
       "the mount on /data/sub propagates"},
      {"a slave that was asked for",
       [](Tables& t) { t.expected[1].slave = t.mounts[1].propagates = true; }, "none"},
      {"a slave below it", [](Tables& t) { t.expected[1].slave = t.mounts[2].propagates = true; },
       "none"},
      {"a slave that was not",
       [](Tables& t) { t.expected[1].slave = t.mounts[3].propagates = true; },
       "the mount on /tmp propagates"},
      {"shared, where a slave was asked for",
       [](Tables& t) { t.expected[1].slave = t.mounts[1].propagates = t.mounts[1].shared = true; },
       "the mount on /data propagates"},
      {"a slave with fewer restrictions",
       [](Tables& t) {
         t.expected[1].slave = t.mounts[1].propagates = true;
         t.mounts[1].attributes = MountAttr::kNoSuid | MountAttr::kNoDev;
       },
       "the mount on /data lacks ro"},
      {"where nothing was expected", [](Tables& t) { t.expected.clear(); },
       "nobody asked for the mount on /"},
      {"nothing and nothing", [](Tables& t) { t.expected.clear(), t.mounts.clear(); }, "none"},
  };
  for (const auto& c : cases) {
    Tables tables;
    c.change(tables);
    EXPECT_EQ(difference([&] { compare_mounts(tables.mounts, tables.expected); }), c.difference)
        << c.name;
  }
}

TEST(CompareMounts, RefusesAMountThatLacksAFurtherRestriction) {
  const Tables tables;
  const auto with = [&](Restriction restriction) {
    return difference([&] { compare_mounts(tables.mounts, tables.expected, {restriction}); });
  };
  EXPECT_EQ(with({"/data/sub", 12, MountAttr::kReadOnly}), "none");
  EXPECT_EQ(with({"/tmp", 13, MountAttr::kReadOnly}), "the mount on /tmp lacks ro");
  EXPECT_EQ(with({"/data/sub", 12, MountAttr::kNoExec | MountAttr::kNoDev}),
            "the mount on /data/sub lacks noexec");
  EXPECT_EQ(with({"/gone", 99, MountAttr::kReadOnly}), "nothing is mounted on /gone");
}

// Two mounts on one place: the upper one is mounted on the lower.
TEST(CompareMounts, TellsMountsOnOnePlaceApart) {
  Tables tables;
  tables.mounts.push_back({.id = 14, .parent_id = 13, .mount_point = "/tmp", .type = "tmpfs"});
  tables.expected.push_back({.path = "/tmp", .id = 14, .parent_id = 13});
  EXPECT_EQ(difference([&] { compare_mounts(tables.mounts, tables.expected); }), "none");
  tables.expected.back().parent_id = 10;
  EXPECT_EQ(difference([&] { compare_mounts(tables.mounts, tables.expected); }),
            "what belongs on /tmp is mounted on /tmp");
}

class Witness : public ::testing::Test {
 protected:
  Witness() { witness = open_witness(k); }
  ScriptedDispatcher k;
  UniqueFd witness;
};

TEST_F(Witness, IsThisProcessThroughTheHostsProc) {
  EXPECT_THAT(k.steps(), ::testing::ElementsAre("openat2 /proc/self O_PATH|O_DIRECTORY"));
}

TEST_F(Witness, TellsTheMountTable) {
  EXPECT_EQ(difference([&] { attest_mounts(k, witness, {}); }), "the mount on / propagates");
}

TEST_F(Witness, TellsTheNamespaces) {
  k.host("/proc/self/ns/pid").magic_link_to("pid:[100]");
  k.host("/proc/self/ns/net").magic_link_to("net:[200]");
  EXPECT_EQ(difference([&] { attest_namespaces(k, witness, {"pid:[1]", "net:[2]"}); }), "none");
  EXPECT_EQ(difference([&] {
              attest_namespaces(k, witness, {"pid:[1]", "net:[200]"});
            }),
            "it is in the launcher's net namespace");
  EXPECT_EQ(difference([&] { attest_namespaces(k, witness, {}); }), "none");
}

std::string status_text(std::string_view replaced = "", std::string_view by = "") {
  std::string text =
      "Name:\tkekkai-init\nSigBlk:\t0000000000000000\n"
      "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
      "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t0\n";
  if (!replaced.empty()) text.replace(text.find(replaced), replaced.size(), by);
  return text;
}

// attest_privileges where /proc/self/status reads `text`.
std::string privileges_in(const std::string& text, uint64_t kept = 0) {
  ScriptedDispatcher k;
  k.host("/proc/self").directory();
  k.host("/srv/witness/status").regular(text);
  const UniqueFd dir = k.openat2(Fd::cwd(), "/srv/witness", Open::kPath, Resolve::kAnywhere, 0);
  return difference([&] { attest_privileges(k, dir, kept); });
}

TEST(AttestPrivileges, RefusesEveryDifference) {
  EXPECT_EQ(privileges_in(status_text()), "none");
  for (const std::string set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    const std::string none = set + ":\t0000000000000000";
    EXPECT_EQ(privileges_in(status_text(none, set + ":\t0000000000000001")),
              set + " is 0000000000000001");
    EXPECT_EQ(privileges_in(status_text(none, set + ":\t8000000000000000")),
              set + " is 8000000000000000");
    EXPECT_EQ(privileges_in(status_text(none, set + ":\t")), set + " is ");
    EXPECT_EQ(privileges_in(status_text(none, set + ":\t0x0")), set + " is 0x0");
    EXPECT_EQ(privileges_in(status_text(none + "\n", "")), "the kernel does not tell " + set);
    EXPECT_EQ(privileges_in(status_text(none, "X" + none)), "the kernel does not tell " + set);
  }
  EXPECT_EQ(privileges_in(status_text("NoNewPrivs:\t1", "NoNewPrivs:\t0")),
            "no_new_privs is not set");
  EXPECT_EQ(privileges_in(status_text("NoNewPrivs:\t1\n", "")),
            "the kernel does not tell NoNewPrivs");
  EXPECT_EQ(privileges_in(""), "the kernel does not tell CapInh");
}

TEST(AttestPrivileges, WantsExactlyWhatWasAskedToBeKept) {
  EXPECT_EQ(privileges_in(status_text(), 0x400), "CapInh is 0000000000000000");
  std::string text = status_text();
  for (size_t at = 0; (at = text.find("Cap", at)) != text.npos; at += 20) {
    text.replace(at + 8, 16, "0000000000000400");
  }
  EXPECT_EQ(privileges_in(text, 0x400), "none");
  EXPECT_EQ(privileges_in(text, 0x401), "CapInh is 0000000000000400");
  EXPECT_EQ(privileges_in(text, 0), "CapInh is 0000000000000400");
}

TEST_F(Witness, TellsThePrivileges) {
  EXPECT_EQ(difference([&] { attest_privileges(k, witness, 0); }), "CapInh is 000001ffffffffff");
}

TEST_F(Witness, TellsTheDescriptors) {
  const int own = witness.number();
  k.inherit(4, "status stream");  // beside 0, 1 and 2
  EXPECT_EQ(difference([&] { attest_descriptors(k, witness, {0, 1, 2, 4, own}); }), "none");
  EXPECT_EQ(difference([&] { attest_descriptors(k, witness, {own, 4, 0, 2, 1}); }), "none");
  EXPECT_EQ(difference([&] {
              attest_descriptors(k, witness, {0, 1, 2, own});
            }),
            "descriptor 4 is open");
  EXPECT_EQ(difference([&] {
              attest_descriptors(k, witness, {0, 1, 2, 3, 4, own});
            }),
            "descriptor 3 is not open");
  k.inherit(9, "stray");
  EXPECT_EQ(difference([&] {
              attest_descriptors(k, witness, {0, 1, 2, 4, own});
            }),
            "descriptor 9 is open");
  EXPECT_EQ(difference([&] {
              attest_descriptors(k, witness, {0, 1, 2, 3, 4, own});
            }),
            "descriptor 9 is open")
      << "as many as are open";
}

// attest_descriptors where the size of the directory tells nothing, and 0 to 3 are open.
std::string descriptors_before_linux_6_2(const std::set<int>& known) {
  ScriptedDispatcher k;
  k.host("/srv/witness/fd").directory();
  const UniqueFd dir = k.openat2(Fd::cwd(), "/srv/witness", Open::kPath, Resolve::kAnywhere, 0);
  for (const int fd :
       {0, 1, 2, 3, dir.number() + 1}) {  // the last is what the listing is read from
    k.host("/srv/witness/fd/" + std::to_string(fd)).regular("");
  }
  return difference([&] { attest_descriptors(k, dir, known); });
}

TEST(AttestDescriptors, ListsThemWhereTheyAreNotCounted) {
  EXPECT_EQ(descriptors_before_linux_6_2({0, 1, 2, 3}), "none");
  EXPECT_EQ(descriptors_before_linux_6_2({0, 1, 2}), "descriptor 3 is open");
  EXPECT_EQ(descriptors_before_linux_6_2({0, 1, 2, 3, 4}), "descriptor 4 is not open");
}

}  // namespace
}  // namespace kekkai
