// Every op that takes something from the host: what it shows is what its source was in early, and
// nothing of init's own (flatpak CVE-2024-42472, CVE-2026-34078).
#include "corpus.h"
#include "corpus_attempt.h"

#include <sys/mount.h>

namespace kekkai::kernel_tests {
namespace {

class CorpusMounts : public CorpusTest {
 protected:
  void mount_later() const {
    const std::string below = scratch_ / "one/below", file = scratch_ / "one/marker";
    ASSERT_EQ(::mount("none", below.c_str(), "tmpfs", 0, "mode=777"), 0);
    scratch_.make_file("one/below/later", "later");
    ASSERT_EQ(::mount((scratch_ / "two/marker").c_str(), file.c_str(), nullptr, MS_BIND, nullptr),
              0);
  }

  /// The sources are a mount that gives to its peers and slaves what is mounted in it later.
  void with_shared_sources(const std::function<void()>& run) const {
    in_child_with_own_mounts([&] {
      const std::string path = scratch_.path();
      ASSERT_EQ(::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), 0);
      ASSERT_EQ(::mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr), 0);
      run();
    });
  }
};

class CorpusSource : public CorpusMounts, public testing::WithParamInterface<OpCase> {
 protected:
  static const OpCase& op() { return GetParam(); }
  /// The part of the source that tells which of the two it is.
  static std::string marker_at(const std::string& target) {
    return op().source == Source::kFile ? target : target + "/marker";
  }
  static void expect_one(Box box) {
    if (op().source == Source::kLink) {
      EXPECT_EQ(probe(std::move(box), {"stat", "/shown"})["stat./shown"], "link anywhere");
      return;
    }
    const std::string marker = marker_at(op().place("/shown"));
    EXPECT_EQ(probe(std::move(box), {"cat", marker})["cat." + marker], "one");
  }
};

TEST_P(CorpusSource, MayBeReachedByALink) {
  scratch_.make_link("way", "one");
  look_at_host(op());
  Box box = small_box();
  op().add(box.ops(), "/shown", source_in("way", op()));
  expect_one(std::move(box));
  expect_host_unchanged(op());
}

// Between early and apply, and always in time.
TEST_P(CorpusSource, IsTheOneOfEarly) {
  scratch_.make_link("way", "one");
  scratch_.make_link("other", "two");
  look_at_host(op());
  Box box = small_box();
  op().add(box.ops(), "/shown", source_in("way", op()));
  box.ops().add(Exchange{.a = scratch_ / "way", .b = scratch_ / "other"});
  expect_one(std::move(box));
  expect_host_unchanged(op());
}

struct Bad {
  const char* name;
  std::string source;
  const char* refusal;
};

// Init's own root, its directory, its descriptors: none of them is a path of the host's.
TEST_P(CorpusSource, IsRefusedWhereItIsNone) {
  if (op().source == Source::kLink) return;  // it is read, and nothing of it is shown
  constexpr const char* kMagic = "Too many levels of symbolic links";
  const std::vector<Bad> bad{
      {"missing", scratch_ / "missing/marker", "No such file or directory"},
      {"below-a-file", scratch_ / "one/marker/below", "Not a directory"},
      {"loop", scratch_.make_link("loop", "loop"), kMagic},
      {"root", "/proc/self/root", kMagic},
      {"below-root", "/proc/self/root/etc", kMagic},
      {"directory", "/proc/self/cwd", kMagic},
      {"image", "/proc/self/exe", kMagic},
      {"descriptor", "/proc/self/fd/3", kMagic},
      {"thread", "/proc/thread-self/root/etc", kMagic},
      {"link-to-descriptor", scratch_.make_link("magic", "/proc/self/fd/3"), kMagic},
      {"link-to-root", scratch_.make_link("magic-root", "/proc/self/root"), kMagic},
  };
  look_at_host(op());
  Box box = small_box();
  std::vector<std::string> steps;
  for (const Bad& each : bad) {
    Ops one;
    op().add(one, "/shown-" + std::string(each.name), each.source);
    box.ops().add(Attempt{.name = each.name, .encoded = one.encode()});
    steps.insert(steps.end(), {"stat", "/attempts/" + std::string(each.name), "--"});
  }
  steps.insert(steps.end(), {"list", "/"});
  const Seen seen = probe(std::move(box), steps);
  for (const Bad& each : bad) {
    EXPECT_THAT(seen["stat./attempts/" + std::string(each.name)], testing::HasSubstr(each.refusal))
        << each.name;
  }
  EXPECT_EQ(seen["list./"], "attempts probe");
  expect_host_unchanged(op());
}

// Later mounts of the host appear in a slave only, wherever the op's target is.
class CorpusLaterMounts : public CorpusSource {
 protected:
  /// Runs it, with the host's mounts coming while the program waits.
  void expect_later_mounts(Box box, const std::string& target) const {
    const bool is_file = op().source == Source::kFile;
    const std::string& place = op().place(target);
    const std::string marker = marker_at(place), below = place + "/below";
    std::vector<std::string> steps{"ready", "--", "await-end-of-input", "--", "cat", marker};
    if (!is_file) steps.insert(steps.end(), {"--", "list", below});
    Running running(box.steps(steps));
    running.expect_line("ready=yes");
    mount_later();
    running.end_input();
    const bool shows = op().shows_later_mounts;
    running.expect_line("cat." + marker + (shows ? "=two" : "=one"));
    if (!is_file) running.expect_line("list." + below + (shows ? "=later" : "="));
    EXPECT_EQ(running.wait().code(), 0);
  }
};

TEST_P(CorpusLaterMounts, AppearInASlaveOnly) {
  look_at_host(op());
  with_shared_sources([this] {
    Box box = small_box();
    op().add(box.ops(), "/shown", source_in("one", op()));
    expect_later_mounts(std::move(box), "/shown");
  });
  expect_host_unchanged(op());
}

TEST_P(CorpusLaterMounts, AppearInARootThatIsASlaveOnly) {
  if (op().source != Source::kDirectory) return;
  with_shared_sources([this] {
    Box box = small_box();
    box.ops() = Ops();
    box.probe = "/inside";
    op().add(box.ops(), "/", source_in("one", op()));
    box.ops().bind({.source = probe_path(), .target = "/inside"});
    expect_later_mounts(std::move(box), "");
  });
}

using CorpusCovers = CorpusMounts;

// What covers a part of a bind does not let them in either.
TEST_F(CorpusCovers, LetNoLaterMountsIn) {
  for (const OpCase& cover :
       cases_where([](const OpCase& op) { return op.covers() && op.what_the_host_has.empty(); })) {
    SCOPED_TRACE(cover.name);
    with_shared_sources([&] {
      Box box = small_box();
      box.ops().bind({.source = scratch_ / "one", .target = "/one"});
      cover.add(box.ops(), cover.is_directory() ? "/one" : "/one/marker", "");
      Running running(box.steps({"ready", "--", "await-end-of-input", "--", "stat",
                                 "/one/below/later", "--", "cat", "/one/marker"}));
      running.expect_line("ready=yes");
      mount_later();
      running.end_input();
      running.expect_line("stat./one/below/later=ENOENT");
      EXPECT_NE(running.read_line(), "cat./one/marker=two");
      EXPECT_EQ(running.wait().code(), 0);
    });
  }
}

constexpr auto kNameOf = [](const auto& i) { return i.param.name; };
const auto kSources = [] {
  return testing::ValuesIn(
      cases_where([](const OpCase& op) { return op.source != Source::kNone; }));
};
const auto kMounted = [] {
  return testing::ValuesIn(cases_where([](const OpCase& op) {
    return op.source == Source::kDirectory || op.source == Source::kFile;
  }));
};
INSTANTIATE_TEST_SUITE_P(Ops, CorpusSource, kSources(), kNameOf);
INSTANTIATE_TEST_SUITE_P(Ops, CorpusLaterMounts, kMounted(), kNameOf);

class CorpusDescriptors : public CorpusTest, public testing::WithParamInterface<OpCase> {};

// Whatever an op has opened (runc CVE-2024-21626).
TEST_P(CorpusDescriptors, AreThree) {
  Box box = small_box();
  box.ops().proc();
  if (GetParam().covers()) box.ops().mkdir({.path = "/shown"});
  GetParam().add(box.ops(), "/shown", source_in("one", GetParam()));
  const Seen seen = probe(std::move(box), {"descriptors", "--", "process"});
  EXPECT_EQ(seen["fds"], "0 1 2");
  EXPECT_EQ(seen["cwd"], "/");
}

INSTANTIATE_TEST_SUITE_P(Ops, CorpusDescriptors,
                         testing::ValuesIn(cases_where([](const OpCase&) { return true; })),
                         kNameOf);

}  // namespace
}  // namespace kekkai::kernel_tests
