#include <kekkai/init/attestation.h>
#include <kekkai/init/daemons.h>
#include <kekkai/init/descriptors.h>
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
#include <set>

namespace kekkai {
namespace {

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
    in_phase(Phase::kEarly, [&] {
      callers_limit_ = make_room_for_descriptors(k_, params().ops.size(), state_.handed_in.size());
    });
    if (has(params().namespaces, Namespace::kNet)) {
      step(Phase::kNetwork, [&] { bring_loopback_up(k_); });
    }
    if (request_.in_foreground) step(Phase::kTerminal, [&] { open_kept_terminal(); });
    step(Phase::kIdentity, [&] { take_identity(); });
    step(Phase::kPropagation, [&] { separate_mounts_from_host(k_); });
    run_ops(Phase::kEarly);
    state_.handed_in.clear();
    step(Phase::kIntermediateRoot,
         [&] { enter_intermediate_root(k_, state_, std::move(handed_in_.image)); });
    run_ops(Phase::kApply);
    step(Phase::kContainerRoot, [&] { enter_container_root(k_, state_); });
    step(Phase::kAttest, [&] { attest_container(); });
    step(Phase::kPrivileges, [&] { give_up_privileges(); });
    if (params().program_is_init) return become_program();
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
    k_.ignore_signal(SIGPIPE);
    k_.set_process_name(kInitName);
    try_set_no_ptracer(k_);
    request_ = receive_setup(k_, streams_.setup);
    streams_.setup.reset();
    // What this process has open is nobody else's to look into; but whoever maps its ids has to get
    // at its files in /proc before.
    if (!params().id_map_gate) k_.set_dumpable(false);
    if (has(params().namespaces, Namespace::kPid) && k_.getpid() != 1) {
      throw Refusal("it is not pid 1, although the container has a pid namespace of its own");
    }
    handed_in_ = adopt_handed_in(k_, params(), streams_.first_extra_file);
    state_.handed_in = std::move(handed_in_.for_ops);
    streams_.companion = std::move(handed_in_.companion);
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
    if (handed_in_.id_map_gate) {
      await_id_map(k_, handed_in_.id_map_gate);
      handed_in_.id_map_gate.reset();
      k_.set_dumpable(false);
    } else if (has(params().namespaces, Namespace::kUser)) {
      map_ids(k_, request_);
    }
    if (params().only_root_keeps_capabilities && k_.getresuid().effective != 0) {
      request_.params.keep_capabilities = 0;
    }
    if (params().disable_user_namespaces) forbid_more_user_namespaces(k_);
    umask_ = k_.umask(0);
    if (!params().hostname.empty()) k_.sethostname(params().hostname);
    witness_ = open_witness(k_);
    state_.parent_mode = params().parent_mode;
    state_.shares_network = !has(params().namespaces, Namespace::kNet);
    if (params().may_change_host) state_.host_changes = HostChanges::kInWritableBinds;
    state_.shares_pids = !has(params().namespaces, Namespace::kPid);
    state_.terminal = params().terminal;
  }

  // Capabilities are compared when they are given up.
  void attest_container() {
    attest_mounts(k_, witness_, state_.sysroot);
    attest_namespaces(k_, witness_, request_.host_namespaces);
    state_.sysroot = Sysroot();
  }

  void give_up_privileges() {
    if (params().disable_user_namespaces) enter_last_user_namespace(k_, witness_);
    if (handed_in_.second_user_namespace) {
      k_.setns(handed_in_.second_user_namespace, Namespace::kUser);
      handed_in_.second_user_namespace.reset();
    }
    drop_privileges(k_, params().keep_capabilities);
    attest_privileges(k_, witness_, params().keep_capabilities);
    if (params().disable_user_namespaces || params().assert_no_user_namespaces) {
      require_no_more_user_namespaces(k_);
    }
    k_.umask(params().umask.value_or(umask_));
  }

  // Only now: capabilities and no_new_privs are per thread, and a thread inherits its maker's.
  void start_reaper() {
    // Before there is a second thread, so that it has them blocked too.
    k_.block_all_signals();
    if (!has(params().namespaces, Namespace::kPid)) k_.set_child_subreaper();
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
    SpawnPlan plan = prepare_program();
    Spawned program = k_.spawn(plan);
    disarm_lifeline(k_, streams_);
    terminal_.reset();
    close_extra_files();
    children_->gate.child_started(true);
    if (!program.failed_call.empty()) {
      throw SetupFailure(explain_exec_failure(k_, plan.path, program.failed_call, program.error));
    }
    return program;
  }

  SpawnPlan prepare_program() {
    const ContainerPath directory = enter_working_directory(k_, params().working_directories);
    const std::string path = find_program(k_, params().command.front(), params().env);
    if (params().terminal == Terminal::kOwn) hand_over_own_terminal();
    attest_descriptors(k_, witness_, known_descriptors());
    witness_.reset();
    if (!is_wanted(k_, streams_)) k_.exit(kExitSetupFailed);
    const ProgramFiles files{.first_extra_file = streams_.first_extra_file,
                             .terminal = terminal_.number(),
                             .lifeline = streams_.lifeline.number()};
    SpawnPlan plan = plan_program(params(), path, files, k_.is_ignored(SIGHUP));
    if (params().names_directory) plan.env.push_back("PWD=" + directory.str());
    if (callers_limit_) plan.limits.insert(plan.limits.begin(), *callers_limit_);
    return plan;
  }

  // In the place of init. Nobody is left then to look after it: it dies with the launcher by
  // itself.
  int become_program() {
    run_ops(Phase::kLate);
    step(Phase::kExecute, [&] {
      if (!state_.held.empty()) {
        throw Refusal("nobody would hold " + std::string(Fd(state_.held.front()).label) +
                      ": the program takes the place of init");
      }
      if (!params().outlives_launcher) k_.set_parent_death_signal(SIGKILL);
      SpawnPlan plan = prepare_program();
      plan.report = streams_.status.number();
      disarm_lifeline(k_, streams_);
      send_status(k_, streams_.status, Started{k_.getpid()});
      const FailedExec failed = k_.execute(plan);
      streams_.status = UniqueFd(failed.report, "status stream", k_);
      throw SetupFailure(explain_exec_failure(k_, plan.path, failed.call, failed.error));
    });
    return kExitSetupFailed;
  }

  // They are the program's: whoever is at the other end of one sees the program close it.
  void close_extra_files() {
    for (size_t i = 0; i < params().extra_files.size(); ++i) {
      k_.close(streams_.first_extra_file + static_cast<int>(i));
    }
  }

  // The launcher gets the other side, and is from then on the only one that has it.
  void hand_over_own_terminal() {
    terminal_ = open_own_terminal(k_, state_.pty);
    k_.set_window_size(state_.pty, params().window_size);
    k_.send_descriptor(streams_.lifeline, state_.pty);
    state_.pty.reset();
  }

  std::set<int> known_descriptors() const {
    std::set<int> known{0, 1, 2};
    const std::initializer_list<const UniqueFd*> own{
        &streams_.status, &streams_.lifeline, &streams_.launcher, &streams_.companion,
        &witness_,        &signals_,          &terminal_};
    for (const UniqueFd* fd : own) {
      if (*fd) known.insert(fd->number());
    }
    if (children_) {
      known.insert({children_->reaped.number(), children_->reaper.number()});
    }
    for (const UniqueFd& file : state_.held) known.insert(file.number());
    if (daemons_) {
      for (const Spawned& daemon : daemons_->running()) known.insert(daemon.pidfd.number());
    }
    for (size_t i = 0; i < params().extra_files.size(); ++i) {
      known.insert(streams_.first_extra_file + static_cast<int>(i));
    }
    return known;
  }

  Dispatcher& k_;
  Streams streams_;
  SetupRequest request_;
  SetupState state_;
  HandedIn handed_in_;
  UniqueFd witness_;
  UniqueFd terminal_;  // what the program is put at, until it is
  mode_t umask_ = 0;
  std::optional<ResourceLimit> callers_limit_;  // of open files, where it had to be raised
  UniqueFd signals_;
  std::shared_ptr<Children> children_;
  std::optional<Daemons> daemons_;  // from the late phase on
};

Streams prepare_streams(Dispatcher& k, const char* setup_variable) {
  if (setup_variable == nullptr && k.getpid() != 1) {
    throw Refusal("it must be started by Kekkai as pid 1 of a container");
  }
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
