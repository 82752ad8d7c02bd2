// Every call of every start fails once with every errno that it may have: on the fake kernel, from
// the launcher's first call to the spawn of the program. Always: the program does not start, the
// message says what failed and why, the launcher returns, and nothing is left. Or the fault made no
// difference at all: then the container is the same to the last mount.
#include "containers.h"

#include <kekkai/testing/fault_injector.h>
#include <kekkai/testing/plausible_errors.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <span>

namespace kekkai {
namespace {

using testing::FakeKernel;
using testing::FaultInjector;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Whose calls.
enum class Side { kLauncher, kInit };

struct Fault {
  Side side;
  size_t index;
  int error;
};

/// All that can be asked about a start.
struct Result {
  std::vector<std::string> launcher_calls, init_calls;
  std::optional<ExitStatus> end;
  std::optional<Failure> failure;
  std::string complaint;  // of init, on standard error
  std::string container;  // tree, mounts, privileges and the program's plan; empty: no program
  std::vector<std::string> left;
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Without the mounts' numbers.
std::string without_numbers(const std::string& mountinfo) {
  std::string text;
  for (size_t at = 0; at < mountinfo.size();) {
    const size_t end = mountinfo.find('\n', at);
    const std::string line = mountinfo.substr(at, end - at);
    size_t field = 0;
    for (int i = 0; i < 3; ++i) field = line.find(' ', field) + 1;
    text += line.substr(field) + "\n";
    at = end + 1;
  }
  return text;
}

std::string container_of(FakeStart& start) {
  FakeKernel& init = start.init();
  const std::vector<std::string>& command = start.settings.params.command;
  const auto plan =
      std::ranges::find_if(init.spawned(), [&](const SpawnPlan& p) { return p.argv == command; });
  if (plan == init.spawned().end()) return {};
  const Capabilities& c = init.capabilities();
  return joined(init.tree()) + without_numbers(init.mountinfo()) + plan->path + "\nenv " +
         joined(plan->env) + "filters " + std::to_string(plan->filters.size()) + " of init " +
         std::to_string(init.loaded_filters().size()) + " capabilities " +
         std::to_string(c.effective | c.permitted | c.inheritable) +
         (init.has_no_new_privs() ? " no_new_privs " : " ") + init.hostname() + "\n";
}

std::vector<std::string> host_state(FakeStart& start) {
  std::vector<std::string> state = start.host.tree();
  state.push_back(start.host.mountinfo());
  for (const std::string& fd : start.host.open_descriptors()) state.push_back("open: " + fd);
  return state;
}

/// What is there that was not, or the other way round.
std::vector<std::string> difference(std::vector<std::string> before,
                                    std::vector<std::string> after) {
  std::ranges::sort(before);
  std::ranges::sort(after);
  std::vector<std::string> lines;
  std::ranges::set_symmetric_difference(before, after, std::back_inserter(lines));
  return lines;
}

Result run(const RealisticContainer& container, const std::vector<Fault>& faults) {
  FakeStart start;
  furnish_host(start);
  container.furnish(start);
  Result result;
  const auto around = [&](Side side, std::vector<std::string>& calls) {
    return [&, side](Dispatcher& inner, const std::function<int(Dispatcher&)>& go) {
      FaultInjector k(inner);
      for (const Fault& fault : faults) {
        if (fault.side == side) k.fail(fault.index, fault.error);
      }
      struct Keep {
        FaultInjector& k;
        std::vector<std::string>& calls;
        ~Keep() { calls = k.calls(); }
      } keep{k, calls};
      return go(k);
    };
  };
  start.around_launcher = around(Side::kLauncher, result.launcher_calls);
  start.around_init = around(Side::kInit, result.init_calls);
  const std::vector<std::string> before = host_state(start);
  result.end = start.run();
  result.failure = start.failure;
  result.left = difference(before, host_state(start));
  std::erase_if(result.left, [&](const std::string& line) {
    return !container.makes.empty() && line.starts_with(container.makes + ": ");
  });
  for (const std::string& misuse : start.host.misuses()) result.left.push_back(misuse);
  if (!start.has_init()) return result;
  result.complaint = start.init().written("stderr");
  result.container = container_of(start);
  for (const std::string& misuse : start.init().misuses()) result.left.push_back(misuse);
  return result;
}

/// Errnos that answer a question of Kekkai's about a path: is it there already, is it a link, is
/// something mounted on it, was it renamed meanwhile, has somebody locked it. What comes of a wrong
/// answer is refused by a later call, or is what was asked for.
bool is_answer(const std::string& call, int error) {
  constexpr std::array kQuestions{
      "openat2 ",       "readlinkat ",    "mkdirat ",        "faccessat2 ",
      "mount_setattr ", "fcntl F_SETLK ", "statx /usr/bin/", "fsconfig overlay lowerdir"};
  constexpr std::array kAnswers{ENOENT, ENOTDIR, EEXIST, EINVAL, EAGAIN, ELOOP};
  return std::ranges::any_of(kQuestions, [&](auto q) { return call.starts_with(q); }) &&
         std::ranges::find(kAnswers, error) != kAnswers.end();
}

struct Accepted {
  std::string_view call;
  int error;
};
// Where a fault changes the container, because what is not there was not asked for.
constexpr std::array kAbsent{
    // A part of proc that this kernel has not needs no cover.
    Accepted{"openat2 /proc/", ENOENT},
    Accepted{"openat2 /proc/", ENOTDIR},
    // An optional bind, a mask of what may be missing.
    Accepted{"openat2 /srv/data", ENOENT},
    Accepted{"openat2 /home", ENOENT},
    Accepted{"openat2 /home", ENOTDIR},
    // It was removed after its directory was read, or is no link any more.
    Accepted{"openat2 /srv/image/", ENOENT},
    Accepted{"readlinkat /etc/localtime", ENOENT},
    Accepted{"readlinkat /etc/localtime", EINVAL},
};

// 126 and 127 tell of a program without the call that looked for it.
bool is_looking_for_a_program(const std::string& call) {
  return std::ranges::any_of(
      std::array{" /usr/bin/true", " /usr/local/bin/true", " /usr/bin/served"},
      [&](const char* path) { return call.ends_with(path); });
}

// One of them where there is nothing new to be seen: a start on the fake kernel has one thread.
std::span<const int> errors_of(const std::string& call) {
  const std::span<const int> all = testing::plausible_errors(call);
#ifdef __SANITIZE_THREAD__
  return all.first(std::min<size_t>(all.size(), 1));
#else
  return all;
#endif
}

class EveryFault : public ::testing::TestWithParam<RealisticContainer> {
 protected:
  void SetUp() override {
    undisturbed_ = run(GetParam(), {});
    ASSERT_EQ(undisturbed_.end, ExitStatus{})
        << (undisturbed_.failure ? undisturbed_.failure->message() : "") << undisturbed_.complaint;
    ASSERT_THAT(undisturbed_.left, IsEmpty());
    ASSERT_NE(undisturbed_.container, "");
  }

  /// The calls of a start: up to the one that makes the program, for init, or init.
  std::vector<std::string> calls(Side side) const {
    const auto& all =
        side == Side::kLauncher ? undisturbed_.launcher_calls : undisturbed_.init_calls;
    const auto spawn = std::find_if(all.rbegin(), all.rend(), [](const std::string& call) {
      return call.starts_with("clone (") && call != "clone (thread)";
    });
    return {all.begin(), spawn.base()};
  }

  void expect_refused_or_the_same(const std::vector<Fault>& faults, const std::string& call) {
    const Result result = run(GetParam(), faults);
    ++tried;
    EXPECT_THAT(result.left, IsEmpty());
    if (result.end) {
      const bool is_absent = std::ranges::any_of(kAbsent, [&](const Accepted& a) {
        return call.starts_with(a.call) && a.error == faults.front().error;
      });
      if (!is_absent) {
        EXPECT_EQ(result.container, undisturbed_.container) << "it started";
      }
      return;
    }
    EXPECT_EQ(result.container, "") << "the program was started";
    ASSERT_TRUE(result.failure);
    if (faults.size() == 1) expect_named(result, faults.front(), call);
  }

  static void expect_named(const Result& result, const Fault& fault, const std::string& call) {
    const std::string said = result.failure->message() + "\n" + result.complaint;
    const bool is_elsewhere = call == "openat2 /srv/data" && fault.error == EACCES;
    if (is_answer(call, fault.error) || is_elsewhere) return;
    EXPECT_THAT(said, HasSubstr(std::generic_category().message(fault.error)));
    if (!is_looking_for_a_program(call)) {
      EXPECT_THAT(said, HasSubstr(call));
    }
    const Phase phase = result.failure->phase;
    if ((phase == Phase::kEarly || phase == Phase::kApply) && !call.starts_with("prlimit64")) {
      EXPECT_GE(result.failure->op_index, 0);
      EXPECT_NE(result.failure->op, "");
    }
  }

  Result undisturbed_;
  static inline size_t tried = 0;
  static void TearDownTestSuite() { std::cout << "faults tried: " << tried << "\n"; }
};

TEST_P(EveryFault, IsRefusedOrMakesNoDifference) {
  for (const Side side : {Side::kLauncher, Side::kInit}) {
    const std::vector<std::string> all = calls(side);
    for (size_t index = 0; index < all.size(); ++index) {
      for (const int error : errors_of(all[index])) {
        SCOPED_TRACE((side == Side::kInit ? "init, " : "launcher, ") + all[index] + ": " +
                     errno_name(error));
        expect_refused_or_the_same({{side, index, error}}, all[index]);
      }
    }
  }
}

// The second one meets the message about the first, or a call that is made again.
TEST_P(EveryFault, IsSurvivedTwice) {
  const std::vector<std::string> all = calls(Side::kInit);
  for (size_t index = 0; index < all.size(); ++index) {
    const std::span<const int> errors = errors_of(all[index]);
    if (errors.empty()) continue;
    for (const int second : {EPIPE, EAGAIN, EIO}) {
      SCOPED_TRACE(all[index] + ", and the next one: " + errno_name(second));
      expect_refused_or_the_same(
          {{Side::kInit, index, errors.front()}, {Side::kInit, index + 1, second}}, all[index]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, EveryFault, ::testing::ValuesIn(realistic_containers()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace kekkai
