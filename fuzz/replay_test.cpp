// Every input of the corpus once more, with the ordinary compiler: what crashed once never does
// again.
#include "targets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

namespace kekkai {
namespace {

TEST(FuzzCorpus, IsTakenInStride) {
  const std::map<std::string, std::function<void(std::string_view)>> targets{
      {"setup_stream", fuzz_setup_stream},
      {"status_stream", fuzz_status_stream},
      {"mountinfo", fuzz_mountinfo},
      {"command_line", fuzz_command_line},
      {"values", fuzz_values},
      {"policy_file", fuzz_policy_file},
  };
  const std::filesystem::path corpus(KEKKAI_FUZZ_CORPUS);
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    EXPECT_TRUE(targets.contains(entry.path().filename())) << entry.path() << " is of no target";
  }
  for (const auto& [name, run] : targets) {
    size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus / name)) {
      SCOPED_TRACE(entry.path());
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(file), {});
      EXPECT_NO_THROW(run(bytes));
      ++inputs;
    }
    EXPECT_GE(inputs, 3U) << name;
  }
}

}  // namespace
}  // namespace kekkai
