// The embedding API: a container from a description, its start, its end.
#pragma once

#include <kekkai/init/failure.h>
#include <kekkai/init/params.h>
#include <kekkai/init/status.h>
#include <kekkai/init/streams.h>
#include <kekkai/recording/recorder.h>
#include <kekkai/syscall/dispatcher.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kekkai {

/// The container did not start; `failure` holds all that is known, what() is its message.
/// Nothing of the container is left when this is thrown.
class StartError : public SetupFailure {
 public:
  using SetupFailure::SetupFailure;
};

/// How the program ended is not known: init was killed before it could tell, or could not go on, or
/// what it tells cannot be read.
class InitLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Which program becomes pid 1.
struct InitProgram {
  /// Path of a kekkai-init. Empty: beside the running program, or in ../libexec/kekkai.
  std::string path;
  /// The running program itself, whose main() begins with become_init_if_asked().
  bool self = false;
  /// Where set to the `argv` of main(): no program is executed, init is a copy of this process
  /// (fork(2)), which starts quicker. For a process of one thread and little memory, which init
  /// then has, too; the container cannot look into it, and sees of the words of `argv`, which are
  /// overwritten there with those of the environment, but how long they were. Nor can the caller:
  /// /proc/PID/ns of this init is closed to everybody but root; that of the program is not. Init is
  /// executed all the same, as `path` and `self` say, where capabilities of the host are kept,
  /// namespaces joined, ids mapped by somebody else, or calls recorded, and where the caller could
  /// change the file of this program and the copy cannot run from a read-only mount of it: the
  /// kernel does not let it, not everybody may read the file, or it is not where it was.
  char** copy = nullptr;
};

struct ContainerSettings {
  Params params;  ///< `params.extra_files` is filled in from `extra_files`.
  InitProgram init;
  /// What the program gets as descriptors 0 to 2. One that is closed here becomes /dev/null.
  std::array<int, 3> stdio{0, 1, 2};
  /// More descriptors for the program: `source` is ours, `target` (3 or more) the program's.
  std::vector<FdPlacement> extra_files;
  /// Whether the container has ended for us as soon as its initial process has, as where it
  /// outlives us. What else was in it may still be ending then, and taken apart by the kernel.
  bool ends_with_program = false;
  /// Called for each phase and op as it begins, where `params.verbose` is set.
  std::function<void(const std::string&)> on_progress;
  /// Called when the initial process has been stopped, where `params.terminal` is the kept one. A
  /// shell would stop the caller too; signal(SIGCONT) goes on.
  std::function<void()> on_stopped;
  /// Called for each call of the launcher and of init when it has come to its end, but for those
  /// that only carry what init tells. Nothing is recorded, and nothing costs anything, without it.
  /// Init waits for advance() where much has been told.
  std::function<void(const RecordedCall&)> on_call;
  RecordedContents recorded_contents =
      RecordedContents::kRedacted;  ///< What of contents on_call() gets.
};

/// One container, started once. It lives no longer than this object: the destructor ends whatever
/// still runs in it, unless Params::outlives_launcher says otherwise. Not for several threads at a
/// time; and the thread that starts a program that is pid 1 itself has to outlive it.
///
/// Blocking: start(), then wait(). For an event loop see async.h, or use launch() and advance().
class Container {
 public:
  explicit Container(Dispatcher& k, ContainerSettings settings);
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container();

  /// Starts the container and returns when the program runs. Throws StartError.
  void start();
  /// Returns when the container has ended and nothing of it is left, or, where it outlives the
  /// launcher or `ends_with_program` is set, when its initial process has: how that ended.
  /// Throws InitLost.
  ExitStatus wait();

  /// Sends a signal to the initial process: one of TERM QUIT INT HUP USR1 USR2 WINCH CONT, else
  /// throws std::invalid_argument. Does nothing once the container has ended.
  void signal(int signo);
  /// Stops every process of the container (SIGSTOP), and lets them go on (SIGCONT). Nothing happens
  /// unless it runs.
  void pause();
  void resume();
  /// The master of the program's own terminal, once, in state kRunning, where `params.terminal` is
  /// Terminal::kOwn (pty(7)). Reads fail with EIO when nobody has the terminal open any more.
  UniqueFd take_terminal();
  /// What answers the calls that `params.asking_filter` asks about, once, in state kRunning, and
  /// after take_terminal() (seccomp_unotify(2)). Until it is closed such calls wait, then they fail
  /// with ENOSYS.
  UniqueFd take_listener();
  /// Gives up a start that has not come to its end: start() throws. Nothing happens to a program
  /// that runs already, although nobody may have been told so.
  void abort_start();
  /// Asks the initial process to end (SIGTERM, or SIGINT as Params says), and kills the container
  /// Params::kill_delay later.
  void cancel();

  /// Whether cancel() or abort_start() had anything to do.
  bool was_cancelled() const { return cancelled_; }

  /// The process id of init, as the launcher's pid namespace sees it.
  pid_t init_pid() const { return init_.pid; }
  /// The process id of the program as the container sees it, once it runs.
  pid_t program_pid() const { return program_pid_; }

  enum class State : uint8_t { kNew, kStarting, kRunning, kEnded };
  State state() const { return state_; }

  /// First half of start(): makes init and hands it the request. Throws StartError.
  void launch();
  /// Readable when advance() has something to do.
  int status_descriptor() const {
    return is_program_init() ? init_.pidfd.number() : status_.number();
  }
  /// Takes in what init has told, and answers with the new state. Blocks only while
  /// status_descriptor() is not readable. Throws StartError while starting.
  State advance();
  /// How it ended, in state kEnded. Throws InitLost.
  ExitStatus exit_status() const;
  /// What init and all that it waited for used, in state kEnded; zeros where somebody else waited.
  const rusage& usage() const { return usage_; }

 private:
  bool is_program_init() const {
    return settings_.params.program_is_init && state_ == State::kRunning;
  }
  struct Launch;
  Launch prepare_launch();
  bool may_copy_itself() const;
  int become_init(const FailedExec& failed);
  std::string request() const;
  bool is_in_foreground() const;
  void command(Command command);
  size_t read_status(std::span<std::byte> buffer);
  [[noreturn]] void lose_status(const SyscallError& e);
  void take(const StatusMessage& message);
  void pass_on(RecordedCall call) const;
  State await_program();
  void let_go();
  void reap();
  void signal_init(int signo);
  Failure silent_end() const;
  [[noreturn]] void fail(Failure failure);

  ContainerSettings settings_;
  std::unique_ptr<Recorder> recorder_;  // where somebody wants to know of calls
  Dispatcher& k_;
  State state_ = State::kNew;
  bool cancelled_ = false;
  std::string init_path_;
  Spawned init_;
  pid_t program_pid_ = 0;
  UniqueFd status_;
  UniqueFd lifeline_;
  struct Reader;
  std::unique_ptr<Reader> reader_;
  std::optional<Failure> failure_;
  std::optional<ExitStatus> exit_status_;
  std::optional<Reaped> reaped_;
  rusage usage_{};
};

/// Throws Refusal where one of these is not open here. Container asks for those that its params
/// name; whoever opens files before it asks first, lest one of them is taken for it.
void require_open(Dispatcher& k, const std::vector<int>& descriptors);

/// The path of the running program.
std::string find_own_program(Dispatcher& k);
/// The path of kekkai-init: beside the running program, or in ../libexec/kekkai from there.
/// Throws Refusal with both places where there is none.
std::string find_init(Dispatcher& k);

}  // namespace kekkai
