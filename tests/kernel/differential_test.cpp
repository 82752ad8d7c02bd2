// Random lists of ops on Linux, on the fake kernel, and on a mirror of this host, by which explain
// predicts: what comes of them, or how they are refused, has to be the same. A difference is shown
// for the fewest ops that still make it, and its seed.
//
// KEKKAI_SEED=N runs the list of one seed alone, KEKKAI_LISTS=N as many as that.
#include "../launcher/fake_start.h"
#include "box.h"
#include "random_ops.h"
#include "survey.h"

#include <kekkai/simulation/mirror.h>
#include <kekkai/syscall/kernel.h>
#include <kekkai/syscall/mountinfo.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>

namespace kekkai::kernel_tests {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr uint64_t kLists = 60;
#else
constexpr uint64_t kLists = 600;
#endif
constexpr unsigned kListSeconds = 120;
constexpr const char* kNoProgram = "/there/is/no/such/program";

// Nothing is started: what matters is told by then.
Params params_for(const Ops& ops) {
  Params params;
  params.ops = ops;
  params.ops.add(Survey{});
  params.command = {kNoProgram};
  params.hostname = "box";
  return params;
}

std::string outcome(const Failure& failure, const std::string& survey) {
  if (failure.exit_code == kExitNotFound) return comparable(survey);
  return failure.message() + "\n" + failure.hint + "\n";
}

std::string on_linux(const Ops& ops) {
  ::alarm(kListSeconds);  // each list has its own time
  const OwnedFd output = make_memory_file();
  Box box;
  box.settings.init.self = true;
  box.settings.params = params_for(ops);
  box.settings.stdio = {-1, output.get(), 2};
  const Failure failure = start_failure(std::move(box));
  return outcome(failure, text_of(output));
}

/// What of the host the ops look at beside the folder.
void declare_system(testing::FakeKernel& k) {
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    struct stat node {};
    const std::string path = std::string("/dev/") + name;
    ASSERT_EQ(::stat(path.c_str(), &node), 0);
    k.host(path)
        .character_device(major(node.st_rdev), minor(node.st_rdev), node.st_mode & 07777)
        .owned_by(node.st_uid, node.st_gid);
  }
  for (const char* name :
       {"sysrq-trigger", "irq", "bus", "fs", "acpi", "asound", "driver", "dynamic_debug",
        "latency_stats", "scsi", "kcore", "keys", "timer_list"}) {
    struct stat entry {};
    const std::string path = std::string("/") + name;
    if (::stat(("/proc" + path).c_str(), &entry) != 0) {
      k.fresh("proc", path).missing();
    } else if (S_ISDIR(entry.st_mode)) {
      k.fresh("proc", path).directory(entry.st_mode & 07777);
    } else {
      k.fresh("proc", path).regular({}, entry.st_mode & 07777);
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator("/sys")) {
    k.fresh("sysfs", "/" + entry.path().filename().string()).directory();
  }
  k.set_last_capability(Kernel().last_capability());
}

bool is_at_or_below(const std::string& path, const std::string& directory) {
  return directory == "/" || path == directory || path.starts_with(directory + "/");
}

/// What the folder is on.
MountInfo mount_of(const std::string& folder) {
  MountInfo found;
  for (const MountInfo& mount : parse_mountinfo(read_file("/proc/self/mountinfo"))) {
    const bool is_closer = mount.mount_point.size() >= found.mount_point.size();
    if (is_closer && is_at_or_below(folder, mount.mount_point)) found = mount;
  }
  return found;
}

/// The file system may have attributes that a bind of it takes along, and a type that overlayfs and
/// the survey know. Not every host shares its mounts, as systemd does.
void declare_mount(testing::FakeKernel& k, const MountInfo& mount) {
  k.set_ids({}, {});
  if (mount.mount_point != "/") {
    k.host(mount.mount_point).directory();
    k.mount_on_host(mount.mount_point, mount.type);
  }
  const UniqueFd place =
      k.openat2(Fd::cwd(), mount.mount_point, Open::kPath, Resolve::kAnywhere, 0);
  k.mount_setattr(place, mount.attributes, Propagation::kKeep, Reach::kOne);
  if (mount.shared) return;
  const UniqueFd root = k.openat2(Fd::cwd(), "/", Open::kPath, Resolve::kAnywhere, 0);
  k.mount_setattr(root, MountAttr::kNone, Propagation::kPrivate, Reach::kRecursive);
}

std::string on_fake(const Ops& ops, const std::string& folder) {
  FakeStart start;
  declare_mount(start.host, mount_of(folder));
  const Ids users{::geteuid(), ::geteuid(), ::geteuid()};
  const Ids groups{::getegid(), ::getegid(), ::getegid()};
  start.host.set_ids(users, groups);
  declare_system(start.host);
  declare_host(start.host, folder);
  start.settings.params = params_for(ops);
  start.run();
  if (!start.failure) return "it started\n";
  return outcome(*start.failure, start.init().written("stdout"));
}

std::string on_mirror(const Ops& ops) {
  Kernel kernel;
  FakeStart start(testing::mirror_host(kernel));
  start.settings.params = params_for(ops);
  start.run();
  if (!start.failure) return "it started\n";
  return outcome(*start.failure, start.init().written("stdout"));
}

std::string describe(const Ops& ops) {
  std::string text;
  for (size_t i = 0; i < ops.size(); ++i) text += "  " + ops[i].describe() + "\n";
  return text;
}

/// The lines that only one of the two has, or that it has more often.
std::string difference(const std::string& linux_says, const std::string& fake_says) {
  if (linux_says == fake_says) return {};
  const auto lines_of = [](const std::string& text) {
    std::multiset<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.insert(line);
    return lines;
  };
  const auto only_in = [](const auto& one, const auto& other, const char* mark) {
    std::vector<std::string> lines;
    std::ranges::set_difference(one, other, std::back_inserter(lines));
    std::string text;
    for (const std::string& line : lines) text += mark + line + "\n";
    return text;
  };
  const auto ours = lines_of(linux_says), theirs = lines_of(fake_says);
  const std::string lines = only_in(ours, theirs, "linux: ") + only_in(theirs, ours, "fake:  ");
  return lines.empty() ? "the same lines in another order\n" : lines;
}

class Differential : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    folder_ = scratch_.make_directory("host");
    make_host(folder_);
    ::chmod(folder_.c_str(), 0700);
  }

  std::string difference_of(const std::vector<Choice>& choices) const {
    const Ops ops = make_ops(choices, folder_);
    const std::string linux_says = on_linux(ops);
    const std::string on_declared = difference(linux_says, on_fake(ops, folder_));
    return on_declared.empty() ? difference(linux_says, on_mirror(ops)) : on_declared;
  }

  /// Leaves out one op after the other as long as there is a difference.
  std::vector<Choice> shrunk(std::vector<Choice> choices) const {
    for (size_t i = 0; i < choices.size();) {
      std::vector<Choice> fewer = choices;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (difference_of(fewer).empty()) {
        ++i;
      } else {
        choices = fewer;
      }
    }
    return choices;
  }

  Scratch scratch_;
  std::string folder_;
};

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = ::getenv(name);  // NOLINT: one thread
  return text == nullptr ? otherwise : std::stoull(text);
}

TEST_F(Differential, RandomListsComeToTheSame) {
  constexpr int kMostShown = 5;
  const uint64_t first = from_environment("KEKKAI_SEED", 1);
  const bool one = ::getenv("KEKKAI_SEED") != nullptr;  // NOLINT: one thread
  const uint64_t lists = one ? 1 : from_environment("KEKKAI_LISTS", kLists);
  int different = 0;
  size_t compared = 0, refused = 0;
  for (uint64_t seed = first; seed < first + lists && different < kMostShown; ++seed) {
    const std::vector<Choice> choices = random_choices(seed);
    const Ops ops = make_ops(choices, folder_);
    const std::string linux_says = on_linux(ops);
    ++compared;
    if (linux_says.starts_with("cannot ")) ++refused;
    if (linux_says == on_fake(ops, folder_) && linux_says == on_mirror(ops)) continue;
    ++different;
    const std::vector<Choice> fewest = shrunk(choices);
    ADD_FAILURE() << "KEKKAI_SEED=" << seed << ":\n"
                  << describe(make_ops(fewest, folder_)) << difference_of(fewest);
  }
  std::cout << "lists compared: " << compared << ", of which refused: " << refused << "\n";
  if (!one) {
    EXPECT_LE(refused, compared * 3 / 4 + 1) << "too few of them come to a container";
  }
}

}  // namespace
}  // namespace kekkai::kernel_tests
