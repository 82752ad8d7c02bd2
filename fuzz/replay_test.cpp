// Every input of the corpus once more, with the ordinary compiler: what crashed once never does
// again.
#include "../cli/option_text.h"
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

const std::filesystem::path kFolder(KEKKAI_FUZZ);

const std::map<std::string, std::function<void(std::string_view)>> kTargets{
    {"setup_stream", fuzz_setup_stream},
    {"status_stream", fuzz_status_stream},
    {"paths", fuzz_paths},
    {"mountinfo", fuzz_mountinfo},
    {"command_line", fuzz_command_line},
    {"config_file", fuzz_config_file},
    {"values", fuzz_values},
    {"policy_file", fuzz_policy_file},
    {"filter", fuzz_filter},
    {"bpf", fuzz_bpf},
    {"recording", fuzz_recording},
};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(FuzzCorpus, IsTakenInStride) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "corpus")) {
    EXPECT_TRUE(kTargets.contains(entry.path().filename())) << entry.path() << " is of no target";
  }
  for (const auto& [name, run] : kTargets) {
    size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder / "corpus" / name)) {
      SCOPED_TRACE(entry.path());
      EXPECT_NO_THROW(run(content_of(entry.path())));
      ++inputs;
    }
    EXPECT_GE(inputs, 3U) << name;
  }
}

// A fuzzer guesses no word as long as "overlay-tmp".
TEST(FuzzDictionaries, HaveEveryOption) {
  for (const auto& [name, run] : kTargets) EXPECT_NE(content_of(kFolder / (name + ".dict")), "");
  const std::string words = content_of(kFolder / "command_line.dict");
  const std::string keys = content_of(kFolder / "config_file.dict");
  for (const cli::OptionText& option : cli::option_texts()) {
    if (!cli::belongs_in_config(option)) continue;
    const std::string name(option.name);
    EXPECT_NE(words.find("\"--" + name + "\""), words.npos) << name;
    EXPECT_NE(keys.find("\"\\\"" + name + "\\\":\""), keys.npos) << name;
  }
}

}  // namespace
}  // namespace kekkai
