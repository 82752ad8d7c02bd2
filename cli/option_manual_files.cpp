// The paragraphs of the manual about the options that make files.
#include "option_manual.h"

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
        "appears too, writable where it is on the host. magic-links: SRC may lead through links of "
        "/proc such as /proc/self/fd. To leave out DEST, write SRC::FLAGS. A "
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
        "file-fd", ValueKind::kHandedIn,
        "Makes a file at PATH that holds what can be read from the open descriptor N, to its end. "
        "The mode is 644 by default. With rw the program may write there; with plain it is no "
        "mount "
        "of its own, and may be removed and replaced, too. Each descriptor can be read once.",
        true},
    OptionManual{"chmod", ValueKind::kPathMode,
                 "Changes the permissions of the file or directory at PATH, which has to be the "
                 "sandbox's own or writable. MODE is in octal.",
                 true},
    OptionManual{"lock", ValueKind::kPlace,
                 "Holds a read lock (fcntl(2)) on the file PATH in the sandbox as long as the "
                 "sandbox lasts: a sign for others on the host that it is in use.",
                 true},
    OptionManual{"bare", ValueKind::kNone,
                 "Begins with an empty, writable root in memory: nothing of the host, no /proc, no "
                 "/dev, no HOME, and nothing that --net would show. All that is in the sandbox "
                 "comes from options. Not together with --root."},
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
    OptionManual{"proc-at", ValueKind::kPlace,
                 "Mounts a proc at PATH, for --bare. open=NAME leaves a part of it uncovered, as "
                 "--proc-open does; several are separated by commas: open=sys,open=bus.",
                 true},
    OptionManual{"dev-at", ValueKind::kPlace,
                 "Makes a /dev at PATH, for --bare, with the settings of --devfs.", true},
    OptionManual{"mqueue", ValueKind::kPlace,
                 "Mounts the POSIX message queues of the sandbox (mq_overview(7)) at PATH.", true},
    OptionManual{
        "change-host", ValueKind::kNone,
        "Lets options make on the host what is missing there below a writable directory of the "
        "host: mount points, directories, links and files. They stay there. Without it such an "
        "option is an error."},
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
};

}  // namespace

std::span<const OptionManual> file_option_manuals() { return kManuals; }

}  // namespace kekkai::cli
