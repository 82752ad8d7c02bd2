// Every op, while somebody exchanges a directory on its way for a link (runc CVE-2021-30465).
#include "corpus.h"
#include "corpus_attempt.h"

#include <fcntl.h>
#include <stdio.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

namespace kekkai::kernel_tests {
namespace {

void exchange_names(const std::string& a, const std::string& b) {
  EXPECT_EQ(::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE), 0);
}

/// Lets two names of the host change places, again and again, as long as it lives; then they are
/// where they were.
class Renamer {
 public:
  Renamer(std::string a, std::string b) : a_(std::move(a)), b_(std::move(b)) {
    thread_ = std::thread([this] {
      while (!done_) {
        exchange_names(a_, b_);
        exchange_names(a_, b_);
      }
    });
  }
  Renamer(const Renamer&) = delete;
  Renamer& operator=(const Renamer&) = delete;
  ~Renamer() {
    done_ = true;
    thread_.join();
  }

 private:
  std::string a_, b_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

constexpr int kStarts = 2;
constexpr int kRounds = 12;  // of each start, with three targets
// A few more than an op makes for one mount.
constexpr int32_t kCalls = 12;

class CorpusTargetRace : public CorpusTest, public testing::WithParamInterface<OpCase> {
 protected:
  static const OpCase& op() { return GetParam(); }
  void SetUp() override {
    CorpusTest::SetUp();
    scratch_.make_directory("app/a");
    scratch_.make_link("app/b", "/host" + outside());
    put_subject(directory() + "/subject", op());
    put_subject(outside() + "/subject", op());
    look_at_host(op());
  }

  /// The directory that programs write to; also inside, there is something where the link leads.
  Box racing_box() const {
    Box box = small_box();
    box.ops().bind({.source = scratch_ / "app", .target = "/app", .writable = true});
    add_subject(box.ops(), "/host" + outside() + "/subject", op());
    return box;
  }

  void add_attempt(Ops& ops, const char* path, int32_t exchange_before) const {
    Ops one;
    op().add(one, path, source_in("one", op()));
    ops.add(Attempt{.name = std::to_string(ops.size()),
                    .encoded = one.encode(),
                    .exchange_before = exchange_before,
                    .a = directory(),
                    .b = link()});
  }

  Box box_with_rounds() const {
    Box box = racing_box();
    for (int round = 0; round < kRounds; ++round) {
      for (const char* path : {"/app/a/subject", "/app/a/new", "/app/b"}) {
        add_attempt(box.ops(), path, -1);
      }
    }
    return box;
  }

  std::string directory() const { return scratch_ / "app/a"; }
  std::string link() const { return scratch_ / "app/b"; }
};

// Which of the two was there decides whether the op works. Wherever it did, it is what init thinks:
// were a mount somewhere else, attestation would not let the program start.
TEST_P(CorpusTargetRace, LeadsNowhere) {
  {
    const Renamer renamer(directory(), link());
    for (int start = 0; start < kStarts; ++start) probe(box_with_rounds(), {});
  }
  expect_host_unchanged(op());
}

// The same without luck: before the first call, the second one, and so on; from the directory to
// the link, and from the link to the directory.
TEST_P(CorpusTargetRace, LeadsNowhereBeforeAnyCall) {
  Box box = racing_box();
  for (const char* path : {"/app/a/subject", "/app/a/new"}) {
    for (int32_t calls = 0; calls < kCalls; ++calls) {
      for (int way = 0; way < 2; ++way) add_attempt(box.ops(), path, calls);
    }
  }
  probe(std::move(box), {});
  if (std::filesystem::is_symlink(directory())) exchange_names(directory(), link());
  expect_host_unchanged(op());
}

INSTANTIATE_TEST_SUITE_P(Ops, CorpusTargetRace, testing::ValuesIn(cases_where([](const OpCase& op) {
                           return op.target != Target::kNone;
                         })),
                         [](const auto& i) { return i.param.name; });

constexpr int kSourceStarts = 4;

class CorpusSourceRace : public CorpusTest, public testing::WithParamInterface<OpCase> {
 protected:
  // What is shown is one of the two, as a whole.
  static void expect_one_of_the_two(Box box, const OpCase& op) {
    const std::string shown = op.place("/shown");
    const Seen seen = probe(std::move(box), {"cat", shown, "--", "cat", shown + "/marker", "--",
                                             "cat", shown + "/deep/marker", "--", "stat", shown});
    if (op.source == Source::kLink) {
      EXPECT_THAT(seen["stat." + shown], testing::AnyOf("link anywhere", "link elsewhere"));
    } else if (op.source == Source::kFile) {
      EXPECT_THAT(seen["cat." + shown], testing::AnyOf("one", "two"));
    } else {
      EXPECT_THAT(seen["cat." + shown + "/marker"], testing::AnyOf("one", "two"));
      EXPECT_EQ(seen["cat." + shown + "/deep/marker"], seen["cat." + shown + "/marker"]);
    }
  }
};

TEST_P(CorpusSourceRace, ShowsOneOfTheTwo) {
  const OpCase& op = GetParam();
  const std::string directory = scratch_ / "one";
  const std::string link = scratch_.make_link("link", "two");
  look_at_host(op);
  {
    const Renamer renamer(directory, link);
    for (int start = 0; start < kSourceStarts; ++start) {
      Box box = small_box();
      op.add(box.ops(), "/shown", source_in(start % 2 == 0 ? "one" : "link", op));
      expect_one_of_the_two(std::move(box), op);
    }
  }
  expect_host_unchanged(op);
}

INSTANTIATE_TEST_SUITE_P(Ops, CorpusSourceRace, testing::ValuesIn(cases_where([](const OpCase& op) {
                           return op.source != Source::kNone;
                         })),
                         [](const auto& i) { return i.param.name; });

}  // namespace
}  // namespace kekkai::kernel_tests
