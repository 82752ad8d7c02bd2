// The paragraphs of the manual about options. Words of an option's value, like SRC, and names like
// --net are set in italic and bold where the manual is printed.
#include "option_manual.h"

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

constexpr std::array kManuals{
    OptionManual{
        "ro", ValueKind::kHostPath,
        "Shows the file or directory SRC of the host at DEST, read-only, with all that is mounted "
        "below it. A relative SRC is taken from the working directory; without DEST it appears at "
        "its own path. Set-user-id bits and device nodes have no effect.\n\n"
        "FLAGS are separated by commas. optional: a SRC that does not exist is passed over. "
        "ensure: a SRC that does not exist is created on the host, as a directory with mode 0700. "
        "noexec: nothing in it can be executed. slave: what the host mounts below SRC later "
        "appears too, writable where it is on the host. To leave out DEST, write SRC::FLAGS. A "
        "colon in a path is written \\:, a backslash before a colon \\\\.",
        true},
    OptionManual{"rw", ValueKind::kHostPath,
                 "As --ro, but the program may write there, as far as the permissions of the files "
                 "let the caller. What it writes is on the host and stays.",
                 true},
    OptionManual{"dev", ValueKind::kHostPath,
                 "As --rw, and device nodes work: for example --dev /dev/kvm. The device's own "
                 "permissions decide who may open it.",
                 true},
    OptionManual{
        "tmpfs", ValueKind::kPlace,
        "Mounts an empty, writable directory in memory at PATH. It is gone with the sandbox. "
        "size=N limits it to N bytes, or with K, M or G behind the number to so many KiB, MiB or "
        "GiB; without it the limit is the kernel's, half of the memory. mode=M sets its "
        "permissions in octal; 755 by default. With ro the program finds it read-only, with what "
        "later "
        "options have put into it.",
        true},
    OptionManual{"mkdir", ValueKind::kPlace,
                 "Makes a directory, and the parents that are missing. It has to lie below a "
                 "directory of the sandbox's own, such as /tmp or a --tmpfs: nothing is made on "
                 "the host. One that exists is left as it is. The mode is 755 by "
                 "default, and at most 1777.",
                 true},
    OptionManual{"symlink", ValueKind::kLink,
                 "Makes a symbolic link at PATH that says TARGET. TARGET is stored as it is and "
                 "need not exist. It is no error where the same link is there already.",
                 true},
    OptionManual{"file", ValueKind::kCopy,
                 "Shows a copy of the file SRC of the host at PATH, read-only. The copy is made "
                 "when the sandbox is made: later changes of SRC do not show. The mode is 644 by "
                 "default.",
                 true},
    OptionManual{
        "overlay-tmp", ValueKind::kLayers,
        "Shows one or more directories of the host as one, at PATH. What is in an earlier LOWER "
        "hides what is in a later one under the same name. Everything in it may be changed, as "
        "far as the permissions of the files let the caller: changes are kept in memory and gone "
        "with the sandbox. A LOWER is never changed, and nothing may be mounted below it. A colon "
        "in a path is written \\:, a backslash before a colon \\\\. Before Linux 6.6, directories "
        "that come from a LOWER can be removed and renamed with --overlay-rw only; before 6.7 "
        "there can be about ten LOWER.",
        true},
    OptionManual{
        "overlay-rw", ValueKind::kLayers,
        "As --overlay-tmp, but changes are kept in the directory UPPER of the host, which is above "
        "every LOWER: the next sandbox finds them. WORK is an empty directory on the same file "
        "system, for the kernel. Two sandboxes must not have the same UPPER or WORK at a time.",
        true},
    OptionManual{"overlay-ro", ValueKind::kLayers,
                 "As --overlay-tmp, for two directories or more, and nothing in it can be changed.",
                 true},
    OptionManual{"sysfs", ValueKind::kPlace,
                 "Mounts a sysfs at PATH, read-only, that shows the network devices of the sandbox "
                 "instead of the host's. Not together with --net. Without it /sys is the host's, "
                 "read-only.",
                 true},
    OptionManual{"cgroup2", ValueKind::kPlace,
                 "Mounts cgroup2 at PATH, read-only: the control group in which the sandbox was "
                 "started is the root of what is seen.",
                 true},
    OptionManual{"proc", ValueKind::kProc,
                 "What /proc shows, as settings separated by commas. subset=pid: nothing but "
                 "processes. hidepid=noaccess: of processes of other users, only that they exist; "
                 "hidepid=invisible: not even that; hidepid=ptraceable: only those that the reader "
                 "may trace, so not the sandbox's init; hidepid=off is the default."},
    OptionManual{
        "mask", ValueKind::kPlace,
        "Hides what is at PATH in the sandbox: a directory becomes an empty one, anything else an "
        "empty file, both read-only. A symbolic link is followed inside the sandbox, and what it "
        "leads to is hidden. It is no error where nothing is there, unless PATH is followed by "
        ":required. What a later option shows at "
        "PATH is visible; so is what is hidden here, where it can be seen at another path.",
        true},
    OptionManual{
        "read-only", ValueKind::kPlace,
        "Makes what is at PATH in the sandbox read-only, with all that is mounted below it: for a "
        "part of a directory that --rw shows. A symbolic link is followed inside the sandbox. "
        "PATH has to exist, unless it is followed by :optional. What a later option mounts there "
        "is not concerned.",
        true},
    OptionManual{
        "remount", ValueKind::kRemount,
        "Restricts what is mounted on PATH in the sandbox, by an option before it or as part of a "
        "directory of the host. FLAGS are separated by commas. ro: nothing in it can be changed. "
        "noexec: nothing in it can be executed. nodev: device nodes in it do not work. "
        "recursive: what is mounted below it is concerned, too. What a later option mounts there "
        "is not.",
        true},
    OptionManual{"ro-fd", ValueKind::kHandedIn,
                 "Shows the file or directory that is open as descriptor N at PATH, read-only: as "
                 "--ro, without a path that could come to mean something else. What has no name, a "
                 "pipe or a removed file, cannot be shown.",
                 true},
    OptionManual{"rw-fd", ValueKind::kHandedIn,
                 "As --ro-fd, but the program may write there, as far as the permissions of the "
                 "files let the caller, whatever the descriptor was opened for.",
                 true},
    OptionManual{
        "root", ValueKind::kTree,
        "Begins with what is in the directory SRC of the host, instead of all of the host's /: "
        "each file or directory at its top appears at /, read-only, or writable with :rw; each "
        "symbolic link there is made again. proc, dev, tmp, mnt and etc are left out. /home, "
        "/root and the like are empty and writable as ever: show those of SRC with --ro. / itself "
        "is read-only. At most once."},
    OptionManual{
        "etc", ValueKind::kTree,
        "Makes an /etc of the sandbox's own, read-only: SRC is shown at /etc/.host/PREFIX, and "
        "each file in it is a link in /etc, so that later options can add to it. mtab leads to "
        "/proc/mounts; passwd and group are left out, for --file. PREFIX is etc by default. At "
        "most once."},
    OptionManual{"devfs", ValueKind::kDevfs,
                 "How /dev is made, as settings separated by commas. ro: nothing in it can be made "
                 "or removed but in /dev/shm; options can still show devices there. mqueue: "
                 "message queues of the sandbox's own at /dev/mqueue."},
    OptionManual{
        "proc-open", ValueKind::kText,
        "Leaves parts of /proc uncovered, by name. sys, sysrq-trigger, irq, bus, fs, acpi, asound, "
        "driver, dynamic_debug, latency_stats and scsi are read-only otherwise, kcore, keys and "
        "timer_list are empty: they change or tell of the host, and of root they ask for no more "
        "than the user id. all is all of them; a sandbox in this one can only be made with that "
        "and --seccomp none.",
        true},
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
    OptionManual{"cap-keep", ValueKind::kCapability,
                 "Lets COMMAND keep capabilities(7): names with or without \"cap_\", separated by "
                 "commas. They hold within the sandbox's user namespace only. By default it has "
                 "none, and no way to gain one.",
                 true},
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
  const auto* found = std::ranges::find(kManuals, name, &OptionManual::name);
  return found == kManuals.end() ? nullptr : found;
}

}  // namespace kekkai::cli
