"""Each difference from bubblewrap that is meant, with its reason. docs/bwrap.md tells people.

A difference names the kind of fact, and says what becomes of bubblewrap's line: `pattern` is
replaced by `ours` in it, where we have that line and not bubblewrap's. So nothing else passes.
`only_ours` is a pattern of lines that bubblewrap has nothing for, `only_theirs` the opposite; with
both of them lines of the one stand for lines of the other.
"""
import os
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    reason: str
    kind: str
    pattern: str = ""
    ours: str = ""
    only_ours: str = ""
    only_theirs: str = ""
    who: str = "both"
    options: str = ""  # only where the command line has this


INTENDED = [
    Difference(
        "the root is another folder of its tmpfs",
        "mounts",
        r"^(/ .*) root=/newroot$",
        r"\1 root=/sysroot",
    ),
    Difference(
        "as root, more of /proc is covered: root may write there without any capability",
        "mounts",
        only_ours=r"/(acpi|driver|fs|scsi|sys|sysrq-trigger|kcore|keys|timer_list) ro,nosuid,nodev,"
        r"noexec,relatime private (proc|tmpfs) - ",
        who="root",
    ),
    Difference(
        "so the host's settings cannot be changed there",
        "exit",
        r"^status 0$",
        "status 2",
        who="root",
        options="core_pattern",
    ),
    Difference(
        "which the shell tells",
        "errors",
        only_ours=r"core_pattern: Read-only file system$",
        who="root",
        options="core_pattern",
    ),
    Difference(
        "pid 2 is the thread of pid 1 that reaps",
        "process",
        r"^pid: 2$",
        "pid: 3",
    ),
    Difference(
        "a program without a terminal has a session of its own",
        "process",
        r"^(group|session): (0|the caller's)$",
        r"\1: its own",
    ),
    Difference(
        "a namespace that is joined is not handed on: nobody asked for that",
        "descriptors",
        only_theirs=r"^\d+: (user|pid):\[N\]$",
        options="--(userns|userns2|pidns) ",
    ),
    Difference(
        "init is between the caller and the program",
        "process",
        r"^ppid: the caller's$",
        "ppid: another's",
    ),
    Difference(
        "for --dev bubblewrap maps root for a moment, and the program's own map is one of that map",
        "identity",
        r"^([ug]id_map: \d+) 0 1$",
        rf"\1 {os.geteuid()} 1",
        who="user",
        options="--dev ",
    ),
    Difference(
        "so devpts belongs to root, whom nobody has mapped",
        "files",
        r"^(/.*/pts) (\S+) \d+:\d+ rwx$",
        r"\1 \2 65534:65534 rx",
        options="--dev ",
    ),
    Difference(
        "also where it is the caller who is root inside",
        "files",
        r"^(/.*/pts) (\S+) 0:\d+ rwx$",
        r"\1 \2 0:65534 rx",
        who="user",
        options="--uid 0 --dev ",
    ),
    Difference(
        "/dev/shm is as everywhere: everybody may write there",
        "files",
        r"^(/.*/shm) drwxr-xr-x ",
        r"\1 drwxrwxrwt ",
        options="--dev ",
    ),
    Difference(
        "missing parents are 0755, as documented; bubblewrap 0.8 makes some of them 0700",
        "files",
        r"^(/.*) drwx------ ",
        r"\1 drwxr-xr-x ",
    ),
    Difference(
        "missing parents are 0755 also where what is in them is private",
        "files",
        r"^(/.*) drwx(?:---r-x|r-x---) ",
        r"\1 drwxr-xr-x ",
        options="--perms ",
    ),
    Difference(
        "what is on the way to .. is not made",
        "files",
        only_theirs=r"^/d drwx------ ",
        options=r"/d/\.\./e",
    ),
    Difference(
        "what a dangling link leads to is made, as for a program that writes through it",
        "files",
        only_ours=r"^(/s/nowhere|/target) drwxr-xr-x ",
        options="--dir /(s/dangling|l)",
    ),
    Difference(
        "likewise, on the host",
        "left on the host",
        only_ours=r"^nowhere 40755$",
        options="--dir /s/dangling",
    ),
    Difference(
        "missing parents on the host are 0755, too",
        "left on the host",
        r"^(writable/made) 40700$",
        r"\1 40755",
    ),
    Difference(
        "nobody has a program in /dev",
        "mounts",
        r"^(\S+ r[wo],nosuid(?:,nodev)?)((?:,relatime)? private (?:tmpfs|devtmpfs) - )",
        r"\1,noexec\2",
        options="--dev ",
    ),
    Difference(
        "nor in a proc or among message queues",
        "mounts",
        r"^(\S+ r[wo],nosuid,nodev)((?:,relatime)? private proc - )",
        r"\1,noexec\2",
    ),
    Difference(
        "nor do message queues need devices or set-user-id bits",
        "mounts",
        r"^(\S+ rw)((?:,relatime)? private mqueue - )",
        r"\1,nosuid,nodev,noexec\2",
    ),
    Difference(
        "a remount makes read-only, and nothing else",
        "mounts",
        r"^(/dev ro,nosuid),nodev",
        r"\1",
        options="--dev-bind /dev /dev --remount-ro /dev",
    ),
    Difference(
        "each sandbox has a user namespace of its own to show",
        "mounts",
        only_theirs=r"^/run/\.userns ro,nosuid,nodev\S* private nsfs - rw root=user:",
        only_ours=r"^/run/\.userns ro,nosuid,nodev\S* private nsfs - rw root=user:",
    ),
    Difference(
        "a capability that is kept is ambient, too: there is one way to keep it",
        "identity",
        only_theirs=r"^Cap(Inh|Amb): 0+$",
        only_ours=r"^Cap(Inh|Amb): ",
        who="root",
    ),
    Difference(
        "a capability that is dropped is dropped from the bounding set, so no exec brings it back",
        "identity",
        only_theirs=r"^CapBnd: ",
        only_ours=r"^CapBnd: ",
        options="--(cap-add|cap-drop|userns|userns2|uid) ",
    ),
    Difference(
        "nor does it where all are added before",
        "identity",
        only_theirs=r"^Cap(Prm|Eff): ",
        only_ours=r"^Cap(Prm|Eff): 000001fffefffffe$",
        who="root",
        options="--cap-add ALL --cap-drop CAP_CHOWN",
    ),
    Difference(
        "a second user namespace gives root no capability that it did not have",
        "identity",
        only_theirs=r"^Cap(Prm|Eff): 000001ff",
        only_ours=r"^Cap(Prm|Eff): 000001f",
        who="root",
        options="--userns2 ",
    ),
    Difference(
        "in a joined pid namespace init has a number, too",
        "process",
        r"^pid: 2$",
        "pid: 4",
        options="--pidns ",
    ),
    Difference(
        "and is the program's parent there",
        "process",
        r"^ppid: 0$",
        "ppid: 2",
        options="--pidns ",
    ),
    Difference(
        "a program has a session of its own also where pid 1 has one",
        "process",
        r"^(group|session): 1$",
        r"\1: its own",
        options="--new-session",
    ),
    Difference(
        "PWD is absolute, as programs expect it",
        "environment",
        r"^PWD=usr$",
        "PWD=/usr",
    ),
    Difference(
        "an empty host name is none",
        "process",
        only_theirs=r"^hostname: ?$",
        only_ours=r"^hostname: ",
        options="--hostname '?'? ",
    ),
]


@dataclass(frozen=True)
class End:
    """Command lines that one of the two refuses; nothing else of them is compared."""

    reason: str
    options: str  # all of the case's own
    theirs: str
    ours: str


ENDS = [
    End(
        "an absolute link leads to a place in the sandbox's own root",
        r"--symlink /d /l .*--file \S+ /l/f",
        "status 1",
        "status 0",
    ),
    End(
        "since bubblewrap 0.9, a link that is there already is no error",
        r"--symlink file /s/link",
        "status 1",
        "status 0",
    ),
    End(
        "an id that does not fit is not cut to one that does",
        r"--[ug]id 99999999999",
        "status 0",
        "status 1",
    ),
    End(
        "what is mounted on a path can be covered",
        r"--ro-bind-data \S+ /f --ro-bind-data \S+ /f",
        "status 1",
        "status 0",
    ),
    End(
        "a link that leads above the root leads to the root, as for any program",
        r"--symlink \.\./\.\./\.\./d /l --dir /d --file \S+ /l/f",
        "status 1",
        "status 0",
    ),
    End(
        "the host's name is kept by leaving --hostname away",
        r"--hostname ''",
        "status 0",
        "status 1",
    ),
    End(
        "whoever may join a pid namespace may have a user namespace of his own besides",
        r"--unshare-user --pidns ",
        "status 1",
        "status 0",
    ),
    End(
        "a descriptor that is not open is an error: nothing would be held, or waited for",
        r"--(sync|block)-fd 99",
        "status 0",
        "status 1",
    ),
]


def intended_end(options, theirs, ours):
    """The end that is meant to differ, if it is."""
    for end in ENDS:
        if [end.theirs] == theirs and [end.ours] == ours and re.search(end.options, options):
            return end
    return None


def applies(difference, kind, words, who):
    return (
        difference.kind == kind
        and difference.who in ("both", who)
        and re.search(difference.options, " ".join(words))
    )


def replaced(difference, line, ours):
    """The line that is meant, where it is there instead."""
    meant = re.sub(difference.pattern, difference.ours, line)
    return meant if line not in ours and meant in ours else line


def pass_over(kind, lines, ours, words, who):
    """Both lists of lines without what is meant to differ, and which differences these were."""
    used = []
    for difference in INTENDED:
        if not applies(difference, kind, words, who):
            continue
        if difference.only_ours and difference.only_theirs and not (
            any(re.search(difference.only_theirs, line) for line in lines)
            and any(re.search(difference.only_ours, line) for line in ours)
        ):
            continue  # the one stands for the other
        before = (lines, ours)
        if difference.pattern:
            lines = [replaced(difference, line, ours) for line in lines]
        if difference.only_ours:
            ours = [line for line in ours if not re.search(difference.only_ours, line)]
        if difference.only_theirs:
            lines = [line for line in lines if not re.search(difference.only_theirs, line)]
        if (lines, ours) != before:
            used.append(difference)
    if kind in ("mounts", "files"):
        lines, ours = sorted(lines), sorted(ours)
    return lines, ours, used
