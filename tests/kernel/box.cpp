#include "box.h"

#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace kekkai::kernel_tests {
namespace {

constexpr unsigned kTestSeconds = 300;

bool can_make_user_namespaces() {
  static const bool kPossible = [] {
    try {
      Helper child([] {}, CLONE_NEWUSER | CLONE_NEWNS);
      return child.wait() == 0;
    } catch (const std::system_error&) {
      return false;
    }
  }();
  return kPossible;
}

}  // namespace

Seen::Seen(std::string_view output) {
  for (size_t at = 0; at < output.size();) {
    const size_t end = std::min(output.find('\n', at), output.size());
    const std::string_view line = output.substr(at, end - at);
    const size_t equals = line.find('=');
    if (equals != line.npos) values_.emplace(line.substr(0, equals), line.substr(equals + 1));
    at = end + 1;
  }
}

std::string Seen::operator[](const std::string& key) const {
  const auto [first, last] = values_.equal_range(key);
  return first == last ? "(nothing)" : std::prev(last)->second;
}

std::vector<std::string> Seen::all(const std::string& key) const {
  std::vector<std::string> found;
  const auto [first, last] = values_.equal_range(key);
  for (auto it = first; it != last; ++it) found.push_back(it->second);
  return found;
}

Box& Box::steps(std::vector<std::string> words) {
  words.insert(words.begin(), probe);
  settings.params.command = std::move(words);
  return *this;
}

Box bare_box() {
  Box box;
  box.settings.init.self = true;
  box.probe = "/probe";
  box.ops()
      .bind({.source = probe_path(), .target = "/probe"})
      .proc()
      .dev()
      .tmpfs({.path = "/tmp", .mode = 01777});
  return box.steps({});
}

Box full_box() {
  Box box;
  box.settings.init.self = true;
  box.probe = "/tmp/probe";
  box.ops()
      .bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .proc()
      .dev()
      .bind({.source = probe_path(), .target = "/tmp/probe"});
  return box.steps({});
}

Outcome run(Box box) {
  const OwnedFd output = make_memory_file();
  box.settings.stdio = {-1, output.get(), 2};
  Container container(kernel(), std::move(box.settings));
  container.start();
  const ExitStatus status = container.wait();
  const std::string text = text_of(output);
  return {status, text, Seen(text)};
}

Seen probe(Box box, std::vector<std::string> steps) {
  const Outcome outcome = run(box.steps(std::move(steps)));
  EXPECT_EQ(outcome.status, (ExitStatus{false, 0}));
  return outcome.seen;
}

Failure start_failure(Box box) {
  try {
    Container container(kernel(), std::move(box.settings));
    container.start();
    ADD_FAILURE() << "it started";
  } catch (const StartError& e) {
    EXPECT_STREQ(e.what(), e.failure.message().c_str());
    return e.failure;
  }
  return {};
}

Running::Running(Box box) : input_(make_pipe()), output_(make_pipe()) {
  box.settings.stdio = {input_.read.get(), output_.write.get(), 2};
  container_ = std::make_unique<Container>(kernel(), std::move(box.settings));
  container_->start();
  input_.read.reset();
  output_.write.reset();
}

Kernel& kernel() {
  static Kernel the_kernel;
  return the_kernel;
}

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::string probe_path() {
  static const std::string kPath =
      std::filesystem::path(own_path()).replace_filename("kekkai-probe");
  return kPath;
}

void KernelTest::SetUp() {
  if (!can_make_user_namespaces()) {
    const char* required = ::getenv("KEKKAI_REQUIRE_KERNEL");
    if (required != nullptr && std::string_view(required) == "1") {
      FAIL() << "there are no user namespaces, but KEKKAI_REQUIRE_KERNEL=1";
    }
    GTEST_SKIP() << "there are no user namespaces";
  }
  ::alarm(kTestSeconds);  // a test that hangs ends the run, with its name last in the log
}

void KernelTest::TearDown() { ::alarm(0); }

}  // namespace kekkai::kernel_tests
