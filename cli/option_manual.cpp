// The paragraphs of the manual about options. Words of an option's value, like SRC, and names like
// --net are set in italic and bold where the manual is printed.
#include "option_manual.h"

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

constexpr std::array kManuals{
    OptionManual{"env", ValueKind::kVariable,
                 "Sets the variable NAME to VALUE. Without VALUE it passes on the caller's, where "
                 "there is one. Of the caller's environment only HOME, USER, LOGNAME, SHELL, TERM, "
                 "COLORTERM, LANG, LC_* and TZ are passed on by themselves. PATH is "
                 "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin.",
                 true},
    OptionManual{"env-file", ValueKind::kFile,
                 "Does what --env does, for each line of FILE. Empty lines and lines that begin "
                 "with # are passed over. Nothing is quoted or expanded.",
                 true},
    OptionManual{"clear-env", ValueKind::kNone,
                 "Begins with an empty environment, without even a PATH. Variables of --env and "
                 "--env-file are set all the same, wherever they stand."},
    OptionManual{"env-all", ValueKind::kNone,
                 "Begins with all of the caller's environment, PATH too, and nothing else. "
                 "Not together with --clear-env."},
    OptionManual{"env-unset", ValueKind::kText,
                 "Does not pass on the caller's variable NAME. A --env that sets it counts, "
                 "wherever it stands.",
                 true},
    OptionManual{"env-pwd", ValueKind::kNone,
                 "Sets PWD to the directory where COMMAND starts, as a shell would."},
    OptionManual{"argv0", ValueKind::kText,
                 "COMMAND is executed as ever, but finds NAME as its own name (argv[0])."},
    OptionManual{
        "cwd", ValueKind::kPlace,
        "Starts COMMAND in PATH, which has to exist in the sandbox. Without this option it "
        "starts in the caller's working directory where that is visible in the sandbox, "
        "else in HOME, else in /."},
    OptionManual{"umask", ValueKind::kMode,
                 "The file mode creation mask of COMMAND, in octal. The caller's by default."},
    OptionManual{"rlimit", ValueKind::kLimit,
                 "Limits a resource of COMMAND, as setrlimit(2) does. NAME is as, core, cpu, data, "
                 "fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, "
                 "sigpending or stack. SOFT and HARD are numbers in the units of setrlimit(2), or "
                 "unlimited; without HARD both are SOFT. All other limits are the caller's.",
                 true},
    OptionManual{"extra-fd", ValueKind::kDescriptor,
                 "Passes the open descriptor N on to COMMAND, which finds it as M, or as N. All "
                 "descriptors but 0, 1 and 2 are closed otherwise.",
                 true},
    OptionManual{
        "daemon", ValueKind::kDaemon,
        "Starts PROGRAM with its arguments in the sandbox before COMMAND, and waits until the path "
        "READY exists there: a socket, say, that PROGRAM makes when it can be asked. Several "
        "start one after the other. Where it ends with another status than 0 before, or READY is "
        "there already, nothing is run. A colon in a field is written \\:.\n\n"
        "It has the sandbox, environment, limits and filter of COMMAND, a session of its own, an "
        "empty input, COMMAND's output, and never a capability; it starts in /. Its end while "
        "COMMAND runs is no error. When COMMAND has ended it gets SIGTERM, and is killed after "
        "--kill-after.",
        true},
    OptionManual{"daemon-timeout", ValueKind::kWait,
                 "How long each --daemon may take to make its READY, wherever the two options "
                 "stand: 1ms to 24h, 5s by default."},
    OptionManual{"uid", ValueKind::kId,
                 "The user id that COMMAND sees. This changes only the number inside: on the host "
                 "it remains the caller's, files keep their owner, and what is written below --rw "
                 "belongs to the caller. It gives no right. The caller's id by default."},
    OptionManual{"gid", ValueKind::kId, "The same for the group id."},
    OptionManual{"hostname", ValueKind::kText,
                 "The host name in the sandbox, 1 to 64 bytes. The host's by default."},
    OptionManual{
        "cap-keep", ValueKind::kCapability,
        "Lets COMMAND keep capabilities(7): names with or without \"cap_\", separated by "
        "commas, or all. They hold within the sandbox's user namespace only. By default it has "
        "none, and no way to gain one.",
        true},
    OptionManual{
        "ns", ValueKind::kNamespace,
        "What namespaces(7) the sandbox has of its own: all, but those that are named here. "
        "NAME=share keeps the caller's: user, pid, ipc, uts, cgroup or net, which is the same as "
        "--net. Only root can keep the user namespace; ids and capabilities are the host's then. "
        "With pid=share COMMAND is one of the caller's processes, and what it leaves behind is "
        "nobody's. user=N and pid=N join the namespace that is open as descriptor N, such as "
        "/proc/PID/ns/user. outer-pid=N makes the sandbox's own pid namespace below that one. "
        "inner-user=N puts COMMAND into that user namespace at the very end; it "
        "has to be below the sandbox's own.",
        true},
    OptionManual{
        "nested-userns", ValueKind::kList,
        "forbid: nobody in the sandbox can make user namespaces. assert: there is no start where "
        "COMMAND could make one."},
    OptionManual{
        "id-map-fd", ValueKind::kInput,
        "Leaves the ids of the new user namespace to somebody else, as newuidmap(1): the start "
        "waits until there is something to read from the open descriptor N, or its end. Which "
        "process it is about tells --status-fd with --verbose."},
    OptionManual{
        "seccomp", ValueKind::kSelection,
        "The system call filter, as presets and options separated by commas: see "
        "kekkai-seccomp(1). strict, the default, refuses what ordinary programs do not need: "
        "new namespaces and mounts, the kernel's log and keyrings, modules, clocks, typing into "
        "the terminal, debuggers and profilers. A refused call fails with an error, nothing is "
        "killed. none loads no filter; nested sandboxes need that. Where there is a terminal of "
        "the caller's, whatever the filter is, COMMAND cannot type into it, unless "
        "--seccomp-allow ioctl says so."},
    OptionManual{
        "seccomp-allow", ValueKind::kCalls,
        "Allows calls that the filter would refuse, by name or number, whatever their arguments "
        "are: --seccomp-allow ptrace for a debugger. Each call that is allowed is a part of the "
        "kernel that a hostile program can reach.",
        true},
    OptionManual{"seccomp-rules", ValueKind::kFile,
                 "Takes the rules from FILE in place of the presets: JSON of ours, or the "
                 "linux.seccomp of an OCI configuration. Not together with --seccomp."},
    OptionManual{"seccomp-bpf", ValueKind::kFile,
                 "Loads one more filter, a program of struct sock_filter (seccomp(2)) in the "
                 "byte order of this machine. Of all filters the strictest answer counts.",
                 true},
    OptionManual{
        "seccomp-log", ValueKind::kNone,
        "Tells on standard error each call of COMMAND that the filter refuses with an errno, as it "
        "happens: which process, with which arguments, who refuses it and which option would "
        "allow it; at the end how many there were. With --json-errors as JSON, and on --status-fd "
        "too. COMMAND sees the same errno, but each such call takes longer, and a signal may come "
        "in between (EINTR) where its handler does not restart calls. Not told are calls of "
        "daemons, those that a rule logs, traps or kills for, and what --seccomp-bpf refuses. "
        "In COMMAND no other program can listen to a filter then."},
    OptionManual{"seccomp-learn", ValueKind::kFile,
                 "Writes rules to FILE at the end, for --seccomp-rules: the policy of this run, "
                 "and before it what would have allowed each call that was refused, as narrowly "
                 "as the policy looks at it. Read it before you use it."},
    OptionManual{
        "net", ValueKind::kNone,
        "Shares the host's network, with its abstract sockets. /etc/resolv.conf and the system's "
        "certificates are shown where links lead to them. Without this option there is only a "
        "loopback interface of the sandbox's own."},
    OptionManual{
        "tty", ValueKind::kNone,
        "Keeps the caller's terminal and session: COMMAND leads a process group in the foreground, "
        "so that shells, editors and pagers control jobs as they are used to. When it is stopped, "
        "kekkai stops too, and goes on with it. At the end, and whoever is killed, the terminal is "
        "as it was before. /dev/console and /dev/tty are that terminal. To type into it (TIOCSTI, "
        "TIOCLINUX) is refused, with --seccomp none too."},
    OptionManual{"tty-try", ValueKind::kNone,
                 "As --tty where there is a terminal of the caller's session and standard output "
                 "is no pipe; nothing otherwise."},
    OptionManual{
        "pty", ValueKind::kNone,
        "Gives COMMAND a pseudoterminal of the sandbox's own as standard input, output and error "
        "and as controlling terminal. What is typed and shown is copied between it and kekkai's "
        "standard input and output, and the size of the window follows. COMMAND has no access to "
        "the caller's terminal at all. Not together with --tty."},
    OptionManual{"timeout", ValueKind::kDuration,
                 "Ends the sandbox after TIME: COMMAND gets SIGTERM, and what is left is killed "
                 "after --kill-after. The exit status is 124 then. TIME is a whole number with ms, "
                 "s, m or h behind it; seconds without a unit."},
    OptionManual{"kill-after", ValueKind::kDuration,
                 "How long after a --timeout the sandbox is killed, where it has not ended, and a "
                 "--daemon after "
                 "the end of COMMAND. 5s by default."},
    OptionManual{"outlive", ValueKind::kNone,
                 "Lets the sandbox go on when kekkai is killed, and until its last process has "
                 "ended. By default all of it ends with kekkai."},
    OptionManual{"die-with-parent", ValueKind::kNone,
                 "Ends the sandbox when the process that has started kekkai ends, whichever of its "
                 "threads that was. Not together with --outlive."},
    OptionManual{
        "as-pid-1", ValueKind::kNone,
        "COMMAND takes the place of the sandbox's init: it is pid 1 there. Nobody else reaps its "
        "orphans, signals that it does not handle do not reach it (pid_namespaces(7)), and a "
        "cancel kills it at once. Not together with --daemon, --lock and --hold-fd."},
    OptionManual{"hold-fd", ValueKind::kInput,
                 "The sandbox's init keeps descriptor N open as long as it runs, and COMMAND does "
                 "not get it: whoever has the other end learns when the sandbox is gone.",
                 true},
    OptionManual{"wait-fd", ValueKind::kInput,
                 "Starts COMMAND in the finished sandbox only when there is a byte to read from "
                 "descriptor N, which is taken, or its end.",
                 true},
    OptionManual{"pid-file", ValueKind::kFile,
                 "Writes the process id of the sandbox's init, as the host sees it, to FILE when "
                 "COMMAND runs, and removes FILE at the end. When init is killed, the kernel kills "
                 "everything in the sandbox."},
    OptionManual{"status-fd", ValueKind::kDescriptor,
                 "Writes what happens to the open descriptor N, 3 or higher, as JSON: one object a "
                 "line. See STATUS."},
    OptionManual{"verbose", ValueKind::kNone,
                 "Tells each phase and each op on stderr as it begins, with the milliseconds since "
                 "the start began."},
    OptionManual{"record", ValueKind::kFile,
                 "Writes every system call of launcher and init to FILE, with operands, result and "
                 "time: JSON, one object a line, as they happen. `kekkai replay FILE` comes to the "
                 "same end without the system that it was recorded on. FILE is for its owner only. "
                 "Instead of the values of variables but PATH, of what is in files, and of what is "
                 "typed, there is only how long they are; paths and arguments stay."},
    OptionManual{"record-contents", ValueKind::kNone,
                 "Lets --record write values of variables and contents, too."},
    OptionManual{
        "record-format", ValueKind::kWord,
        "calls, the default, is what can be replayed. With trace the file is a timeline of "
        "steps and calls, written at the end, which Perfetto (ui.perfetto.dev) and "
        "chrome://tracing show."},
    OptionManual{
        "json-errors", ValueKind::kNone,
        "Writes an error as one line of JSON: the object that --status-fd has for \"failed\"."},
    OptionManual{"args-file", ValueKind::kFile,
                 "Reads more options from FILE, as if they stood here: words that each end with a "
                 "NUL byte. COMMAND cannot be in it.",
                 true},
    OptionManual{"args-fd", ValueKind::kDescriptor, "The same, read from the open descriptor N.",
                 true},
    OptionManual{
        "config", ValueKind::kFile,
        "Reads more options from FILE, as if they stood here: JSON, which may hold COMMAND "
        "too. See kekkai.json(5). A COMMAND on the command line wins.",
        true},
};

}  // namespace

std::span<const OptionManual> option_manuals() { return kManuals; }

const OptionManual* find_manual(std::string_view name) {
  for (const std::span<const OptionManual> manuals : {option_manuals(), file_option_manuals()}) {
    const auto found = std::ranges::find(manuals, name, &OptionManual::name);
    if (found != manuals.end()) return &*found;
  }
  return nullptr;
}

}  // namespace kekkai::cli
