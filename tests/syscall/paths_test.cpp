#include <kekkai/syscall/paths.h>

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace kekkai {
namespace {

static_assert(!std::is_convertible_v<HostPath, ContainerPath>);
static_assert(!std::is_convertible_v<ContainerPath, HostPath>);
static_assert(!std::is_constructible_v<ContainerPath, HostPath>);
static_assert(!std::is_constructible_v<HostPath, ContainerPath>);

template <class Path>
std::string why_refused(const std::string& path) {
  try {
    const Path accepted(path);
    return "accepted as " + accepted.str();
  } catch (const PathError& e) {
    return e.what();
  }
}

struct Refused {
  std::string path;
  std::string text;
};

const Refused kUnusable[] = {
    {"", "the path is empty"},
    {"etc", "\"etc\" is not an absolute path"},
    {"./etc", "\"./etc\" is not an absolute path"},
    {" /etc", "\" /etc\" is not an absolute path"},
    {std::string("/a\0b", 4), "\"/a\" contains a NUL byte"},
    {std::string("\0", 1), "\"\" contains a NUL byte"},
    {"/" + std::string(4095, 'x'),
     "the path \"/" + std::string(255, 'x') + "\"... has 4096 bytes; the kernel takes 4095"},
};

TEST(HostPath, RefusesWhatTheKernelCouldNotResolve) {
  for (const Refused& c : kUnusable) EXPECT_EQ(why_refused<HostPath>(c.path), c.text);
}

TEST(HostPath, KeepsWhatTheUserWrote) {
  for (const std::string path : {"/", "//usr/", "/a/../b/./c", "/with space", "/\xff"}) {
    EXPECT_EQ(HostPath(path).str(), path);
  }
  EXPECT_EQ(HostPath("/" + std::string(4094, 'x')).str().size(), 4095U);
  EXPECT_EQ(HostPath().str(), "/");
}

TEST(ContainerPath, RefusesWhatTheKernelCouldNotResolve) {
  for (const Refused& c : kUnusable) EXPECT_EQ(why_refused<ContainerPath>(c.path), c.text);
}

TEST(ContainerPath, RefusesDotDotBecauseLinksDecideWhatItMeans) {
  for (const std::string path : {"/..", "/../etc", "/usr/..", "/usr/../etc", "/usr//../x/"}) {
    EXPECT_EQ(why_refused<ContainerPath>(path),
              "\"" + path + "\" contains \"..\": name the place itself");
  }
}

TEST(ContainerPath, IsInItsSimplestForm) {
  const struct {
    const char* written;
    const char* path;
    const char* parent;
    const char* name;
    const char* relative;
  } cases[] = {
      {"/", "/", "/", "", "."},
      {"//", "/", "/", "", "."},
      {"/./.", "/", "/", "", "."},
      {"/usr", "/usr", "/", "usr", "usr"},
      {"/usr/", "/usr", "/", "usr", "usr"},
      {"//usr///lib/./x//", "/usr/lib/x", "/usr/lib", "x", "usr/lib/x"},
      {"/...", "/...", "/", "...", "..."},
      {"/..a/b..", "/..a/b..", "/..a", "b..", "..a/b.."},
      {"/.hidden", "/.hidden", "/", ".hidden", ".hidden"},
      {"/a b", "/a b", "/", "a b", "a b"},
  };
  for (const auto& c : cases) {
    const ContainerPath path(c.written);
    EXPECT_EQ(path.str(), c.path) << c.written;
    EXPECT_EQ(path.parent().str(), c.parent) << c.written;
    EXPECT_EQ(path.name(), c.name) << c.written;
    EXPECT_EQ(path.relative(), c.relative) << c.written;
    EXPECT_EQ(path.is_root(), path.str() == "/") << c.written;
  }
}

TEST(ContainerPath, GrowsByComponents) {
  EXPECT_EQ((ContainerPath("/") / "usr").str(), "/usr");
  EXPECT_EQ((ContainerPath("/usr") / "lib").str(), "/usr/lib");
  EXPECT_EQ((ContainerPath("/usr") / "lib/x/").str(), "/usr/lib/x");
  EXPECT_THROW(ContainerPath("/usr") / "..", PathError);
  EXPECT_THROW(ContainerPath("/" + std::string(4090, 'x')) / "long", PathError);
}

TEST(ContainerPath, OfTwoSpellingsOfOnePlaceIsEqual) {
  EXPECT_EQ(ContainerPath("/usr//lib/"), ContainerPath("/usr/lib"));
  EXPECT_NE(ContainerPath("/usr"), ContainerPath("/usr/lib"));
}

}  // namespace
}  // namespace kekkai
