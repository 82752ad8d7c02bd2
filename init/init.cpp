#include <kekkai/init/attestation.h>
#include <kekkai/init/daemons.h>
#include <kekkai/init/frame.h>
#include <kekkai/init/identity.h>
#include <kekkai/init/init.h>
#include <kekkai/init/last_words.h>
#include <kekkai/init/phases.h>
#include <kekkai/init/privileges.h>
#include <kekkai/init/program.h>
#include <kekkai/init/reaper.h>
#include <kekkai/init/recorded_init.h>
#include <kekkai/init/roots.h>
#include <kekkai/init/status.h>
#include <kekkai/init/streams.h>
#include <kekkai/init/supervise.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <signal.h>

#include <memory>

namespace kekkai {
namespace {

// Descriptors that a set-up has open at most beside one for each op.
constexpr size_t kDescriptorsBeside = 64;

// What outlives the steps of a start. Shared with the reaper, which may live longest.
struct Children {
  ChildGate gate;
  UniqueFd reaped;  // what the supervisor reads
  UniqueFd reaper;  // where the reaper writes
};

void try_set_no_ptracer(Dispatcher& k) {
  try {
    k.set_no_ptracer();
  } catch (const SyscallError&) {
    // Only Yama knows it; without Yama, not being dumpable has to do.
  }
}

// Only this thread hears of children. Without it init cannot go on; and an exception that nobody
// catches would be a crash of pid 1, in place of a reason.
void reap_or_end(Dispatcher& k, Children& children, Fd status, WaitFor what) {
  try {
    in_phase(Phase::kSupervise, [&] { run_reaper(k, children.gate, children.reaper, what); });
  } catch (const SetupFailure& e) {
    try_report(k, status, e);
    k.exit(kExitSetupFailed);
  }
}

class Init {
 public:
  Init(Dispatcher& k, Streams streams) : k_(k), streams_(std::move(streams)) {}

  int run() {
    try {
      return start_and_supervise();
    } catch (const SetupFailure& e) {
      try_report(k_, streams_.status, e);
      return e.failure.exit_code;
    }
  }

 private:
  // The order matters everywhere; why is said at each step.
  int start_and_supervise() {
    step(Phase::kReceive, [&] { receive_request(); });
    in_phase(Phase::kEarly, [&] { make_room_for_descriptors(); });
    if (!params().share_network) step(Phase::kNetwork, [&] { bring_loopback_up(k_); });
    if (request_.in_foreground) step(Phase::kTerminal, [&] { open_kept_terminal(); });
    step(Phase::kIdentity, [&] { take_identity(); });
    step(Phase::kPropagation, [&] { separate_mounts_from_host(k_); });
    run_ops(Phase::kEarly);
    state_.handed_in.clear();
    step(Phase::kIntermediateRoot, [&] { enter_intermediate_root(k_, state_); });
    run_ops(Phase::kApply);
    step(Phase::kContainerRoot, [&] { enter_container_root(k_, state_); });
    step(Phase::kAttest, [&] { attest_container(); });
    step(Phase::kPrivileges, [&] { give_up_privileges(); });
    step(Phase::kReaper, [&] { start_reaper(); });
    run_late_ops();
    Spawned program;
    step(Phase::kExecute, [&] {
      program = start_program();
      k_.load_filter(supervisor_filter());
    });
    send_status(k_, streams_.status, Started{program.pid});
    int status = kExitSetupFailed;
    in_phase(Phase::kSupervise, [&] {
      status = supervise(k_, params(), streams_,
                         {program, signals_, children_->reaped, daemons_->running()});
    });
    return status;
  }

  void receive_request() {
    // Whatever this process opens from now on is nobody else's to look into.
    k_.set_dumpable(false);
    k_.ignore_signal(SIGPIPE);
    k_.set_process_name(kInitName);
    try_set_no_ptracer(k_);
    request_ = receive_setup(k_, streams_.setup);
    streams_.setup.reset();
    adopt_handed_in();
  }

  // They come after the program's extra files.
  void adopt_handed_in() {
    int fd = streams_.first_extra_file + static_cast<int>(params().extra_files.size());
    for (const int number : params().ops.descriptors()) {
      if (!k_.is_open(fd)) {
        throw StreamError("descriptor " + std::to_string(fd) + " is not open");
      }
      state_.handed_in.emplace(number, UniqueFd(fd++, "descriptor " + std::to_string(number), k_));
    }
  }

  // Between early and apply an op holds what it has pinned, some of them many things.
  void make_room_for_descriptors() {
    const ResourceLimit limit = k_.getrlimit(RLIMIT_NOFILE);
    const size_t needed = params().ops.size() + state_.handed_in.size() + kDescriptorsBeside;
    if (needed > limit.hard) {
      throw Refusal(std::to_string(params().ops.size()) + " ops need about " +
                    std::to_string(needed) + " open files, and the hard limit is " +
                    std::to_string(limit.hard) + " (`ulimit -Hn`)");
    }
    if (limit.soft == limit.hard) return;
    k_.setrlimit({RLIMIT_NOFILE, limit.hard, limit.hard});
    callers_limit_ = limit;
  }

  void open_kept_terminal() {
    terminal_ = k_.openat2(Fd::cwd(), "/dev/tty", Open::kReadWrite, Resolve::kAnywhere);
  }

  const Params& params() const { return request_.params; }

  void step(Phase phase, const std::function<void()>& run) {
    report(phase_name(phase));
    in_phase(phase, run);
  }

  void run_ops(Phase phase) {
    Report tell;  // the text of thousands of ops is not made where nobody reads it
    if (params().verbose) tell = [&](const std::string& s) { report(s); };
    run_phase(phase, request_.params.ops, state_, k_, tell);
  }

  void report(const std::string& text) {
    if (params().verbose) send_status(k_, streams_.status, Progress{text});
  }

  void take_identity() {
    map_ids(k_, request_);
    umask_ = k_.umask(0);
    if (!params().hostname.empty()) k_.sethostname(params().hostname);
    last_capability_ = read_last_capability(k_);
    witness_ = open_witness(k_);
    state_.parent_mode = params().parent_mode;
    state_.shares_network = params().share_network;
    state_.terminal = params().terminal;
  }

  // Capabilities are compared when they are given up.
  void attest_container() {
    attest_mounts(k_, witness_, state_.sysroot);
    attest_namespaces(k_, witness_, request_.host_namespaces);
    state_.sysroot = Sysroot();
  }

  void give_up_privileges() {
    drop_privileges(k_, last_capability_, params().keep_capabilities);
    attest_privileges(k_, witness_, params().keep_capabilities);
    k_.umask(params().umask.value_or(umask_));
  }

  // Only now: capabilities and no_new_privs are per thread, and a thread inherits its maker's.
  void start_reaper() {
    // Before there is a second thread, so that it has them blocked too.
    k_.block_all_signals();
    // The lifeline's stays: a daemon may stop a child of ours before its exec, and then this thread
    // waits in the kernel, but the reaper's hears it.
    k_.unblock_signal(SIGIO);
    signals_ = open_forwarded_signals(k_);
    children_ = std::make_shared<Children>();
    std::tie(children_->reaped, children_->reaper) = k_.pipe2("reaped children");
    const bool tells_stops = params().terminal == Terminal::kKept;
    k_.start_thread([&k = k_, children = children_, status = streams_.status.number(),
                     what = tells_stops ? WaitFor::kEndOrStop : WaitFor::kEnd] {
      reap_or_end(k, *children, Fd(status, "status stream"), what);
    });
  }

  void run_late_ops() {
    daemons_.emplace(k_, Daemons::Means{params(), streams_, children_->gate, children_->reaped,
                                        state_.pty, callers_limit_});
    state_.daemons = &*daemons_;
    run_ops(Phase::kLate);
  }

  Spawned start_program() {
    enter_working_directory(k_, params().working_directories);
    const std::string path = find_program(k_, params().command.front(), params().env);
    if (params().terminal == Terminal::kOwn) hand_over_own_terminal();
    attest_descriptors(k_, witness_, known_descriptors());
    witness_.reset();
    if (!is_wanted(k_, streams_)) k_.exit(kExitSetupFailed);
    const ProgramFiles files{.first_extra_file = streams_.first_extra_file,
                             .terminal = terminal_.number(),
                             .lifeline = streams_.lifeline.number()};
    SpawnPlan plan = plan_program(params(), path, files, k_.is_ignored(SIGHUP));
    if (callers_limit_) plan.limits.insert(plan.limits.begin(), *callers_limit_);
    Spawned program = k_.spawn(plan);
    disarm_lifeline(k_, streams_);
    terminal_.reset();
    children_->gate.child_started(true);
    if (!program.failed_call.empty()) {
      throw SetupFailure(explain_exec_failure(k_, path, program));
    }
    return program;
  }

  // The launcher gets the other side, and is from then on the only one that has it.
  void hand_over_own_terminal() {
    terminal_ = open_own_terminal(k_, state_.pty);
    k_.set_window_size(state_.pty, params().window_size);
    k_.send_descriptor(streams_.lifeline, state_.pty);
    state_.pty.reset();
  }

  std::vector<int> known_descriptors() const {
    std::vector<int> known{0, 1, 2};
    const std::initializer_list<const UniqueFd*> own{
        &streams_.status, &streams_.lifeline, &streams_.launcher, &witness_,
        &signals_,        &children_->reaped, &children_->reaper};
    for (const UniqueFd* fd : own) {
      known.push_back(fd->number());
    }
    if (terminal_) known.push_back(terminal_.number());
    for (const Spawned& daemon : daemons_->running()) known.push_back(daemon.pidfd.number());
    for (size_t i = 0; i < params().extra_files.size(); ++i) {
      known.push_back(streams_.first_extra_file + static_cast<int>(i));
    }
    return known;
  }

  Dispatcher& k_;
  Streams streams_;
  SetupRequest request_;
  SetupState state_;
  UniqueFd witness_;
  UniqueFd terminal_;  // what the program is put at, until it is
  mode_t umask_ = 0;
  unsigned last_capability_ = 0;
  std::optional<ResourceLimit> callers_limit_;  // of open files, where it had to be raised
  UniqueFd signals_;
  std::shared_ptr<Children> children_;
  std::optional<Daemons> daemons_;  // from the late phase on
};

Streams prepare_streams(Dispatcher& k, const char* setup_variable) {
  if (k.getpid() != 1) throw Refusal("it must be started by Kekkai as pid 1 of a container");
  Streams streams = adopt_streams(k, setup_variable);
  arm_lifeline(k, streams);
  return streams;
}

}  // namespace

int run_init(Dispatcher& k, const char* setup_variable) {
  try {
    return Init(k, prepare_streams(k, setup_variable)).run();
  } catch (const SyscallError& e) {
    if (e.error() == EPIPE) return kExitSetupFailed;  // nobody is left to be told
    try_complain(k, e);
  } catch (const std::exception& e) {
    try_complain(k, e);
  }
  return kExitSetupFailed;
}

void become_init_if_asked(char** argv) {
  if (argv[0] == nullptr || std::string_view(argv[0]) != kInitName) return;
  Kernel kernel;
  kernel.exit(run_init_as_asked(kernel));
}

}  // namespace kekkai
