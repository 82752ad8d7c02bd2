// The table in docs/seccomp.md is that of the code. KEKKAI_UPDATE_GOLDEN=1 writes it anew.
#include "../../cli/files.h"
#include "../../cli/seccomp_views.h"

#include <kekkai/seccomp-presets/presets.h>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace kekkai::cli {
namespace {

constexpr std::string_view kBegin =
    "<!-- Made by `kekkai seccomp export strict,deny_ids --format table`. -->\n";
constexpr std::string_view kEnd = "<!-- The end of what is made. -->\n";

TEST(SeccompBook, HoldsTheTableOfThePresets) {
  const std::string path = KEKKAI_BOOK "/seccomp.md";
  const std::string page = read_file(path);
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  ASSERT_TRUE(begin < end && end != page.npos) << "the marks around the table are missing";
  const seccomp::Selection selection = seccomp::parse_selection("strict,deny_ids");
  const std::string table = "\n" + make_table(seccomp::preset_policy(selection)) + "\n";
  const size_t from = begin + kBegin.size();
  if (::getenv("KEKKAI_UPDATE_GOLDEN") != nullptr) {  // NOLINT: one thread
    std::ofstream(path) << page.substr(0, from) << table << page.substr(end);
    return;
  }
  EXPECT_EQ(page.substr(from, end - from), table) << "see KEKKAI_UPDATE_GOLDEN in " __FILE__;
}

}  // namespace
}  // namespace kekkai::cli
