#include "../../cli/suggest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace kekkai::cli {
namespace {

constexpr std::array<std::string_view, 7> kKnown{"ro",       "rw",  "tmpfs",  "env-file",
                                                 "hostname", "net", "verbose"};

TEST(Nearest, ForgivesASlip) {
  const struct {
    const char* word;
    const char* meant;
  } cases[] = {
      {"rw", "rw"},              // none at all
      {"wr", "rw"},              // swapped
      {"nett", "net"},           // one too many
      {"tmps", "tmpfs"},         // one missing
      {"tnpfs", "tmpfs"},        // a wrong one
      {"hostmane", "hostname"},  // two, in a long word
      {"verb", "verbose"},       // begun
      {"envfile", "env-file"},
  };
  for (const auto& c : cases) EXPECT_EQ(nearest(c.word, kKnown), c.meant) << c.word;
}

TEST(Nearest, DoesNotGuessWildly) {
  for (const char* word : {"", "x", "bogus", "1", "temporary", "host-filesystem"}) {
    EXPECT_EQ(nearest(word, kKnown), "") << word;
  }
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kKnown), "");
  EXPECT_EQ(nearest("rw", {}), "");
}

}  // namespace
}  // namespace kekkai::cli
