// Containers for tests: two ways to furnish one, and what the probe in it says.
#pragma once

#include "host.h"

#include <kekkai/launcher/container.h>
#include <kekkai/syscall/kernel.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::kernel_tests {

/// The key=value lines that a probe printed.
class Seen {
 public:
  explicit Seen(std::string_view output);
  /// The value; "(nothing)" where there is none, and the last one where there are several.
  std::string operator[](const std::string& key) const;
  std::vector<std::string> all(const std::string& key) const;

 private:
  std::multimap<std::string, std::string> values_;
};

/// A container that is described but not started.
struct Box {
  ContainerSettings settings;
  std::string probe;  ///< Where the probe is, inside.

  Ops& ops() { return settings.params.ops; }
  Params& params() { return settings.params; }
  /// What the probe is to do: steps, separated by "--".
  Box& steps(std::vector<std::string> words);
};

/// Nothing but the probe (/probe), /proc, /dev and /tmp, on the container's own tmpfs.
Box bare_box();
/// The host's tree, read-only, with a /tmp, /proc and /dev of its own; the probe is /tmp/probe.
Box full_box();

struct Outcome {
  ExitStatus status;
  std::string output;
  Seen seen;
};

/// Runs a container to its end; stdin is empty, stdout goes to the outcome.
Outcome run(Box box);
/// Runs the probe, which must exit with 0, and returns what it said.
Seen probe(Box box, std::vector<std::string> steps);
/// How a start fails; a test failure where it does not.
Failure start_failure(Box box);

/// A container that runs, with pipes as its stdin and stdout.
class Running {
 public:
  explicit Running(Box box);
  Container& container() { return *container_; }
  std::string read_line() const { return kernel_tests::read_line(output_.read.get()); }
  void expect_line(const std::string& line) const { EXPECT_EQ(read_line(), line); }
  void end_input() { input_.write.reset(); }
  /// Whether nobody holds its stdout any more.
  bool is_gone_within(std::chrono::milliseconds limit = kPatience) const {
    return ends_within(output_.read.get(), limit);
  }
  ExitStatus wait() { return container_->wait(); }
  void destroy() { container_.reset(); }

 private:
  Pipe input_, output_;
  std::unique_ptr<Container> container_;
};

Kernel& kernel();
/// The path of the running test program, and of the probe beside it.
std::string own_path();
std::string probe_path();

/// Skips where the kernel allows no user namespaces, and fails there with KEKKAI_REQUIRE_KERNEL=1.
class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
};

}  // namespace kekkai::kernel_tests
