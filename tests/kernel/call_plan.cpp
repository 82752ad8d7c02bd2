#include "call_plan.h"

#include <kekkai/init/init.h>
#include <kekkai/init/streams.h>
#include <kekkai/testing/interposer.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

namespace kekkai::kernel_tests {
namespace {

constexpr const char* kName = "kekkai-call-plan";
constexpr const char* kEndOfPlan = "calls:";

// The file holds the plan and then the list: whoever has it open writes on from one offset.
struct PlanFiles {
  int file = -1;
  int go = -1;
  int told = -1;
};
// Where init finds them: extra files come after its own four streams.
constexpr PlanFiles kOfInit{.file = 7, .go = 8, .told = STDOUT_FILENO};
// Where the program does, which has no use for them.
constexpr PlanFiles kOfProgram{.file = 30, .go = 31, .told = CallPlan::kTracker};

void write_line(int fd, const std::string& text) {
  const std::string line = text + "\n";
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::abort();
}

std::string text_of(int memory_file) {
  return text_of(OwnedFd(::fcntl(memory_file, F_DUPFD_CLOEXEC, 0)));
}

class PlannedCalls final : public kekkai::testing::Interposer {
 public:
  PlannedCalls(Dispatcher& inner, PlanFiles files) : Interposer(inner), files_(files) {
    std::istringstream plan(text_of(files.file));
    for (std::string what; plan >> what && what != kEndOfPlan;) {
      size_t index = 0;
      plan >> index;
      if (what == "pause") {
        pauses_.insert(index);
      } else {
        plan >> failing_[index];
      }
    }
  }

  // The plan stays, although init closes what it has handed on to the program.
  void close(int fd) noexcept override {
    if (fd != files_.file && fd != files_.go) Interposer::close(fd);
  }

 private:
  void before(const Call& call) override {
    if (!call.can_fail) return;
    const size_t index = add_to_list(call.text);
    if (pauses_.contains(index)) wait();
    if (const auto failing = failing_.find(index); failing != failing_.end()) {
      throw SyscallError(failing->second, call.text);
    }
  }

  size_t add_to_list(const std::string& call) {
    const std::lock_guard lock(mutex_);
    write_line(files_.file, call);
    return made_++;
  }

  void wait() const {
    write_line(files_.told, CallPlan::kWaits);
    char c = 0;
    while (::read(files_.go, &c, 1) < 0 && errno == EINTR) {
    }
  }

  const PlanFiles files_;
  std::map<size_t, int> failing_;
  std::set<size_t> pauses_;
  std::mutex mutex_;
  size_t made_ = 0;
};

bool has_plan() {
  std::error_code none;
  const auto target =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(kOfInit.file), none);
  return target.string().starts_with(std::string("/memfd:") + kName);
}

}  // namespace

CallPlan::CallPlan() : file_(::memfd_create(kName, MFD_CLOEXEC)) {}

void CallPlan::fail(size_t index, int error) {
  write_line(file_.get(), "fail " + std::to_string(index) + " " + std::to_string(error));
}

void CallPlan::pause_before(size_t index) {
  write_line(file_.get(), "pause " + std::to_string(index));
}

void CallPlan::give_to(Box& box) const {
  write_line(file_.get(), kEndOfPlan);
  box.settings.extra_files.insert(box.settings.extra_files.begin(),
                                  {{file_.get(), kOfProgram.file},
                                   {go_.read.get(), kOfProgram.go},
                                   {box.settings.stdio[1], kOfProgram.told}});
}

std::unique_ptr<Dispatcher> CallPlan::carry_out_on(Dispatcher& inner, int told) const {
  write_line(file_.get(), kEndOfPlan);
  return std::make_unique<PlannedCalls>(
      inner, PlanFiles{.file = file_.get(), .go = go_.read.get(), .told = told});
}

void CallPlan::go_on() const { write_line(go_.write.get(), ""); }

std::vector<std::string> CallPlan::calls() const {
  std::istringstream text(text_of(file_.get()));
  std::vector<std::string> calls;
  bool are_calls = false;
  for (std::string line; std::getline(text, line);) {
    if (are_calls) calls.push_back(line);
    are_calls = are_calls || line == kEndOfPlan;
  }
  return calls;
}

void become_planned_init_if_asked(char** argv) {
  if (argv[0] == nullptr || std::string_view(argv[0]) != kInitName || !has_plan()) return;
  Kernel kernel;
  PlannedCalls k(kernel, kOfInit);
  kernel.exit(run_init(k, ::getenv(kSetupVariable)));  // NOLINT: no other thread yet
}

}  // namespace kekkai::kernel_tests
