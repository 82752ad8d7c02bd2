#include "../../cli/files.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace kekkai::cli {
namespace {

namespace fs = std::filesystem;

class ReadFile : public testing::Test {
 protected:
  ~ReadFile() override { fs::remove(path_); }
  void expect_refusal(const std::string& path, const std::string& text) {
    EXPECT_THAT([&] { read_file(path); }, testing::ThrowsMessage<std::invalid_argument>(text));
  }
  const std::string path_ = testing::TempDir() + "/kekkai_read_file";
};

TEST_F(ReadFile, HasTheWholeContent) {
  for (const size_t size : {0, 1, 16384, 16385, 1000000}) {
    const std::string content(size, '\0');
    std::ofstream(path_, std::ios::binary) << content;
    EXPECT_EQ(read_file(path_), content) << size;
  }
}

TEST_F(ReadFile, RefusesWhatIsTooMuch) {
  std::ofstream(path_).close();
  fs::resize_file(path_, 16U << 20);
  EXPECT_EQ(read_file(path_).size(), 16U << 20);
  fs::resize_file(path_, (16U << 20) + 1);
  expect_refusal(path_, path_ + " holds more than 16 MiB");
  expect_refusal("/dev/zero", "/dev/zero holds more than 16 MiB");
}

TEST_F(ReadFile, SaysWhyItCannot) {
  expect_refusal("/no/such", "cannot read /no/such: No such file or directory");
  expect_refusal("/etc/passwd/x", "cannot read /etc/passwd/x: Not a directory");
  expect_refusal("/", "cannot read /: Is a directory");
}

TEST(IsWithin, ComparesWholeNames) {
  const struct {
    const char* path;
    const char* directory;
    bool is_within;
  } cases[] = {{"/a", "/a", true},     {"/a/b", "/a", true},  {"/a/b/c", "/a", true},
               {"/a", "/", true},      {"/", "/", true},      {"/ab", "/a", false},
               {"/ab/c", "/a", false}, {"/a", "/a/b", false}, {"/", "/a", false},
               {"/b/a/c", "/a", false}};
  for (const auto& c : cases) {
    EXPECT_EQ(is_within(c.path, c.directory), c.is_within) << c.path << " in " << c.directory;
  }
}

}  // namespace
}  // namespace kekkai::cli
