// How init is made: what it is given, and in which namespaces it is.
#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/init/last_words.h>
#include <kekkai/init/recorded_init.h>
#include <kekkai/init/streams.h>
#include <kekkai/launcher/container.h>
#include <kekkai/ops/refusal.h>

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace kekkai {
namespace {

constexpr int kFirstStream = 3;
constexpr const char* kOwnProgram = "/proc/self/exe";
// What init needs to build a container, and gives up before the program starts.
constexpr uint64_t kSetupCapabilities = uint64_t{1} << CAP_SYS_ADMIN | uint64_t{1} << CAP_SETPCAP |
                                        uint64_t{1} << CAP_DAC_OVERRIDE |
                                        uint64_t{1} << CAP_NET_ADMIN;
// What it needs to set a limit, and to map uid 0 of its namespace in the next one.
constexpr uint64_t kLastUserNamespaceCapabilities =
    uint64_t{1} << CAP_SYS_RESOURCE | uint64_t{1} << CAP_SETFCAP;

// The user namespace comes first: it gives the right to join the other.
std::vector<NamespaceJoin> joins_for(const Params& params) {
  std::vector<NamespaceJoin> joins;
  if (params.user_namespace) joins.push_back({*params.user_namespace, Namespace::kUser});
  if (params.pid_namespace) joins.push_back({*params.pid_namespace, Namespace::kPid});
  return joins;
}

std::vector<std::string> own_namespaces(Dispatcher& k, Namespace which) {
  std::vector<std::string> links;
  for (const FlagName& ns : flag_table(which)) {
    if ((bits(which) & ns.value) == 0) continue;
    links.push_back(k.readlinkat(Fd::cwd(), "/proc/self/ns/" + std::string(ns.name)));
  }
  return links;
}

// The kernel puts the words of the command line and then those of the environment right behind one
// another. /proc/PID/cmdline shows the former; the latter are not for init's children to find.
void rename_process(char** argv, std::string_view name) {
  char* const begin = *argv;
  char* end = begin;
  for (char** words : {argv, environ}) {
    for (char** word = words; word != nullptr && *word == end; ++word) {
      end += std::strlen(*word) + 1;
    }
  }
  std::fill(begin, end, '\0');
  std::copy_n(name.begin(), std::min<ptrdiff_t>(std::ssize(name), end - begin - 1), begin);
}

UniqueFd open_own_program(Dispatcher& k, Open flags) {
  return k.openat2(Fd::cwd(), kOwnProgram, flags, Resolve::kAnywhere);
}

// Its owner could make it writable.
bool can_change_own_program(Dispatcher& k) {
  try {
    if (k.openat2_unless(EACCES, Fd::cwd(), kOwnProgram, Open::kWriteOnly, Resolve::kAnywhere)) {
      return true;
    }
  } catch (const SyscallError&) {
    return true;  // ETXTBSY: only because it runs
  }
  return k.statx(open_own_program(k, Open::kPath)).uid == k.getresuid().effective;
}

// It has to be at its path still, and to be readable by everybody: no capability helps in a user
// namespace in which no id is mapped yet.
bool can_move_to_read_only_image(Dispatcher& k) {
  if (!k.can_replace_image()) return false;
  try {
    const FileStatus own = k.statx(open_own_program(k, Open::kPath));
    const FileStatus found =
        k.statx(k.openat2(Fd::cwd(), find_own_program(k), Open::kPath, Resolve::kAnywhere));
    return own.dev == found.dev && own.ino == found.ino && (own.mode & S_IROTH) != 0;
  } catch (const SyscallError&) {
    return false;
  }
}

void require_equal(const Ids& ids, const char* what) {
  if (ids.real == ids.effective && ids.real == ids.saved) return;
  throw Refusal(std::string("real and effective ") + what +
                " id differ: Kekkai does not run with borrowed rights");
}

}  // namespace

/// What has to stay open until init has been made.
struct Container::Launch {
  std::vector<UniqueFd> stdio;
  UniqueFd setup, status, lifeline, launcher;
  SpawnPlan plan;
};

void Container::launch() {
  if (state_ != State::kNew) throw std::logic_error("a container starts only once");
  try {
    in_phase(Phase::kLaunch, [&] {
      Launch launch = prepare_launch();
      init_ = k_.spawn(launch.plan);
      state_ = State::kStarting;
    });
  } catch (const SetupFailure& e) {
    throw StartError(e.failure);
  }
  if (init_.failed_call.empty()) return;
  fail({.phase = Phase::kLaunch,
        .call = init_.failed_call,
        .error = init_.error,
        .hint = hint_for(init_.failed_call, init_.error)});
}

Container::Launch Container::prepare_launch() {
  require_equal(k_.getresuid(), "user");
  require_equal(k_.getresgid(), "group");
  check(settings_.params);
  // Before anything is opened: it would be bound in the place of one that is closed.
  require_open(k_, descriptors_for_init(settings_.params));
  for (const NamespaceJoin& join : joins_for(settings_.params)) require_open(k_, {join.descriptor});
  Launch launch;
  std::vector<FdPlacement>& fds = launch.plan.fds;
  // Likewise, of what would become stdio.
  for (int target = 0; target <= 2; ++target) {
    int source = settings_.stdio.at(static_cast<size_t>(target));
    if (!k_.is_open(source)) {
      launch.stdio.push_back(
          k_.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere));
      source = launch.stdio.back().number();
    }
    fds.push_back({source, target});
  }
  const bool may_copy = may_copy_itself();
  const bool on_own_file = may_copy && !can_change_own_program(k_);
  const bool copies = on_own_file || (may_copy && can_move_to_read_only_image(k_));
  init_path_ = on_own_file                     ? kInitName
               : copies || settings_.init.self ? find_own_program(k_)
               : settings_.init.path.empty()   ? find_init(k_)
                                               : settings_.init.path;

  launch.setup = k_.memfd_create("setup stream");
  write_all(k_, launch.setup, request());
  k_.seal(launch.setup);
  k_.lseek_to_start(launch.setup);
  std::tie(status_, launch.status) = k_.pipe2("status stream");
  std::tie(lifeline_, launch.lifeline) = k_.socketpair("lifeline");
  launch.launcher = k_.pidfd_open(k_.getpid());

  int target = kFirstStream;
  for (const UniqueFd* fd : {&launch.setup, &launch.status, &launch.lifeline, &launch.launcher}) {
    fds.push_back({fd->number(), target++});
  }
  for (const FdPlacement& file : settings_.extra_files) fds.push_back({file.source, target++});
  for (const int number : descriptors_for_init(settings_.params)) {
    fds.push_back({number, target++});
  }

  launch.plan.path = init_path_;
  launch.plan.argv = {kInitName};
  if (!copies) launch.plan.env = {std::string(kSetupVariable) + "=" + std::to_string(kFirstStream)};
  if (recorder_) {
    launch.plan.env.push_back(std::string(kRecordVariable) + "=" +
                              contents_name(settings_.recorded_contents));
  }
  launch.plan.namespaces = settings_.params.namespaces;
  launch.plan.joins = joins_for(settings_.params);
  launch.plan.ambient_capabilities = kSetupCapabilities | settings_.params.keep_capabilities;
  if (settings_.params.disable_user_namespaces) {
    launch.plan.ambient_capabilities |= kLastUserNamespaceCapabilities;
  }
  launch.plan.read_only_image = !on_own_file;
  if (copies) {
    launch.plan.report = launch.status.number();
    launch.plan.copy = [this](const FailedExec& failed) { return become_init(failed); };
  }
  // Else what is sent to our group, by a terminal or a shell, would reach the program once through
  // us and once through init. Who leads a group cannot lead a session any more, as a program does.
  const bool leads_session =
      settings_.params.program_is_init && settings_.params.terminal == Terminal::kNone;
  launch.plan.new_session = leads_session;
  launch.plan.new_process_group = !leads_session;
  launch.plan.ignore_hangup = k_.is_ignored(SIGHUP);
  return launch;
}

// Not where the program keeps capabilities of the host: with one it could look into what we have in
// memory. At the moment of its exec /proc/self/exe is init's image: a script that it interprets is
// then a process of the container's own with that image (CVE-2019-5736). So it is on a read-only
// mount, unless the caller has no way to write to our file anyhow.
bool Container::may_copy_itself() const {
  const Params& params = settings_.params;
  const bool others_map_ids = params.id_map_gate || params.second_user_namespace;
  const bool keeps_rights =
      params.keep_capabilities != 0 && !has(params.namespaces, Namespace::kUser);
  return settings_.init.copy != nullptr && recorder_ == nullptr && joins_for(params).empty() &&
         !others_map_ids && !keeps_rights;
}

// In the copy that is to be init. Nothing that our objects own is open there any more.
int Container::become_init(const FailedExec& failed) {
  if (!failed.call.empty()) {
    try_report(k_, Fd(failed.report, "status stream"),
               SetupFailure({.phase = Phase::kLaunch,
                             .call = failed.call,
                             .error = failed.error,
                             .hint = hint_for(failed.call, failed.error)}));
    return kExitSetupFailed;
  }
  rename_process(settings_.init.copy, kInitName);
  return run_init(k_, std::to_string(kFirstStream).c_str());
}

// From the background a program must not take the terminal away from whoever has it.
bool Container::is_in_foreground() const {
  if (settings_.params.terminal != Terminal::kKept) return false;
  const UniqueFd terminal = k_.openat2(Fd::cwd(), "/dev/tty", Open::kReadWrite, Resolve::kAnywhere);
  return k_.foreground_group(terminal) == k_.getpgid(0);
}

std::string Container::request() const {
  SetupRequest request{.params = settings_.params,
                       .host_uid = k_.getresuid().effective,
                       .host_gid = k_.getresgid().effective,
                       .host_namespaces = own_namespaces(k_, settings_.params.namespaces),
                       .in_foreground = is_in_foreground()};
  if (has(request.params.namespaces, Namespace::kUser)) {
    if (request.params.uid == kCallersId) request.params.uid = request.host_uid;
    if (request.params.gid == kCallersId) request.params.gid = request.host_gid;
  }
  return make_frame(encode(std::move(request)));
}

}  // namespace kekkai
