// Every op, while somebody exchanges a directory on its way for a link (runc CVE-2021-30465).
#include "corpus_race.h"

#include "corpus.h"
#include "corpus_attempt.h"

#include <fcntl.h>
#include <stdio.h>

#include <filesystem>
#include <utility>

namespace kekkai::kernel_tests {
namespace fs = std::filesystem;

Renamer::Renamer(std::string a, std::string b) : a_(std::move(a)), b_(std::move(b)) {
  thread_ = std::thread([this] {
    while (!done_) {
      exchange();
      exchange();
    }
  });
}

Renamer::~Renamer() {
  done_ = true;
  thread_.join();
}

void Renamer::exchange() const {
  EXPECT_EQ(::renameat2(AT_FDCWD, a_.c_str(), AT_FDCWD, b_.c_str(), RENAME_EXCHANGE), 0);
}

namespace {

constexpr int kStarts = 3;
constexpr int kRounds = 6;

class CorpusTargetRace : public CorpusTest, public testing::WithParamInterface<OpCase> {};

// Which of the two was there decides whether the op works. Wherever it did, it is what init thinks:
// were a mount somewhere else, attestation would not let the program start.
TEST_P(CorpusTargetRace, LeadsNowhere) {
  const OpCase& op = GetParam();
  const std::string directory = scratch_.make_directory("app/a");
  const std::string link = scratch_.make_link("app/b", "/host" + outside());
  put_subject(directory + "/subject", op);
  put_subject(outside() + "/subject", op);
  look_at_host(op);
  {
    const Renamer renamer(directory, link);
    for (int start = 0; start < kStarts; ++start) {
      Box box = small_box();
      box.ops().bind({.source = scratch_ / "app", .target = "/app", .writable = true});
      for (int round = 0; round < kRounds; ++round) {
        for (const char* path : {"/app/a/subject", "/app/a/new", "/app/b"}) {
          Ops one;
          op.add(one, path, source_in("one", op));
          box.ops().add(Attempt{.name = std::to_string(box.ops().size()), .encoded = one.encode()});
        }
      }
      probe(std::move(box), {});
    }
  }
  expect_host_unchanged(op);
}

INSTANTIATE_TEST_SUITE_P(Ops, CorpusTargetRace, testing::ValuesIn(cases_where([](const OpCase& op) {
                           return op.target != Target::kNone;
                         })),
                         [](const auto& i) { return i.param.name; });

constexpr int kSourceRounds = 4;

class CorpusSourceRace : public CorpusTest, public testing::WithParamInterface<OpCase> {
 protected:
  // What is shown is one of the two, as a whole.
  static void expect_one_of_the_two(Box box, const OpCase& op) {
    const Seen seen = probe(std::move(box), {"cat", "/shown", "--", "cat", "/shown/marker", "--",
                                             "cat", "/shown/deep/marker", "--", "stat", "/shown"});
    if (op.source == Source::kLink) {
      EXPECT_THAT(seen["stat./shown"], testing::AnyOf("link anywhere", "link elsewhere"));
    } else if (op.source == Source::kFile) {
      EXPECT_THAT(seen["cat./shown"], testing::AnyOf("one", "two"));
    } else {
      EXPECT_THAT(seen["cat./shown/marker"], testing::AnyOf("one", "two"));
      EXPECT_EQ(seen["cat./shown/deep/marker"], seen["cat./shown/marker"]);
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
    for (int round = 0; round < kSourceRounds; ++round) {
      Box box = small_box();
      op.add(box.ops(), "/shown", source_in(round % 2 == 0 ? "one" : "link", op));
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
