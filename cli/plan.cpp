#include "plan.h"

#include "defaults.h"
#include "plan_view.h"

#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/init/phases.h>
#include <kekkai/init/status.h>
#include <kekkai/launcher/container.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/simulation/mirror.h>

#include <map>
#include <stdexcept>

namespace kekkai::cli {
namespace {

using testing::FakeKernel;

constexpr const char* kStatus = "status stream";
constexpr std::string_view kStatusWrite = "write status stream";
// In place of a COMMAND that is left out. No program can be made there.
constexpr const char* kNoCommand = "/proc/no-command";

/// Writes down calls, each with the step that makes it. Which one that is init tells itself.
class CallNotes {
 public:
  explicit CallNotes(Plan& plan) : plan_(plan) {
    for (size_t i = 0; i < plan.params.ops.size(); ++i) {
      for (const Phase phase : {Phase::kEarly, Phase::kApply, Phase::kLate}) {
        ops_[progress_text(phase, i, plan.params.ops[i])] = i;
      }
    }
  }

  void listen_to(FakeKernel& process, const std::string& step) {
    process.on_call([this, &process, here = step, told = false](const std::string& line) mutable {
      if (std::exchange(told, line.starts_with(kStatusWrite))) read_news(process, here);
      if (!told) add(here, line);
    });
  }

 private:
  void read_news(const FakeKernel& process, std::string& step) {
    const std::string stream = process.written(kStatus);
    frames_.feed(std::string_view(stream).substr(read_));
    read_ = stream.size();
    while (const auto payload = frames_.next()) {
      const StatusMessage message = decode_status_message(*payload);
      if (const auto* progress = std::get_if<Progress>(&message)) step = progress->text;
    }
  }

  void add(const std::string& step, const std::string& line) {
    const auto op = ops_.find(step);
    plan_.calls.push_back(
        {step, op == ops_.end() ? std::nullopt : std::optional(op->second), line});
  }

  Plan& plan_;
  std::map<std::string, size_t> ops_;
  FrameReader frames_;
  size_t read_ = 0;
};

// A daemon is taken at its word: what it makes when it is ready is there.
void make_daemons_ready(FakeKernel& init, const std::vector<ops::Daemon>& daemons) {
  init.on_spawn([&init, &daemons](const SpawnPlan& spawned) {
    for (const ops::Daemon& daemon : daemons) {
      if (daemon.command != spawned.argv) continue;
      try {
        init.openat2(Fd::cwd(), daemon.ready.str(), Open::kWriteOnly | Open::kCreate,
                     Resolve::kAnywhere, 0600);
      } catch (const SyscallError&) {
        // It can be made nowhere, or is there: init tells.
      }
    }
  });
}

// Init is a copy of this program, or the program that a launcher finds; where there is none the
// launcher says so.
void provide_init(FakeKernel& host, std::function<int(FakeKernel&)> run) {
  host.run_as(kInitName, run);
  host.run_as(find_own_program(host), run);
  try {
    host.run_as(find_init(host), std::move(run));
  } catch (const Refusal&) {
    return;
  } catch (const SyscallError&) {
    return;
  }
}

std::optional<Failure> start(FakeKernel& host, const RunOptions& options, const Caller& caller,
                             const Params& params) {
  try {
    Container container(host, {.params = params,
                               .init = {.copy = copied_init(options, caller)},
                               .extra_files = options.extra_fds});
    container.start();
    container.wait();
  } catch (const StartError& e) {
    return e.failure;
  }
  return std::nullopt;
}

// Without it there is nothing that a mirror could be made of, and a run ends as soon as this.
std::optional<Failure> look_for_proc(Dispatcher& k) {
  try {
    in_phase(Phase::kLaunch, [&] { find_own_program(k); });
  } catch (const SetupFailure& e) {
    return e.failure;
  }
  return std::nullopt;
}

void mirror_descriptors(Dispatcher& k, FakeKernel& host, const RunOptions& options,
                        const Params& params) {
  for (const FdPlacement& file : options.extra_fds) {
    testing::mirror_descriptor(k, host, file.source);
  }
  for (const int number : descriptors_for_init(params)) {
    testing::mirror_descriptor(k, host, number);
  }
}

}  // namespace

Plan make_plan(Dispatcher& k, RunOptions options, const Caller& caller, WithCalls calls) {
  Plan plan;
  const bool has_command = !options.command.empty();
  if (!has_command) options.command = {kNoCommand};
  TracedOps traced = trace_ops(options, caller);
  for (size_t i = 0; i < traced.ops.size(); ++i) {
    plan.ops.push_back({traced.ops[i].describe(), traced.origins[i]});
  }
  plan.params = make_params(options, caller);
  plan.params.verbose = calls == WithCalls::kYes;

  plan.failure = look_for_proc(k);
  if (plan.failure) return plan;
  const std::unique_ptr<FakeKernel> host = testing::mirror_host(k);
  mirror_descriptors(k, *host, options, plan.params);
  CallNotes notes(plan);
  provide_init(*host, [&](FakeKernel& init) {
    make_daemons_ready(init, options.daemons);
    if (calls == WithCalls::kYes) notes.listen_to(init, "receive");
    return run_init(init, "3");
  });
  if (calls == WithCalls::kYes) notes.listen_to(*host, "launch");
  plan.failure = start(*host, options, caller, plan.params);
  host->on_call({});
  if (!has_command) plan.params.command.clear();
  const bool stops_at_command =
      !has_command && plan.failure && plan.failure->exit_code == kExitNotFound;
  if (stops_at_command) plan.failure.reset();
  if (!plan.failure) look_into(host->process(FakeKernel::kFirstChild), plan);
  return plan;
}

}  // namespace kekkai::cli
