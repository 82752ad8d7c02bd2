"""Command lines about descriptors, filters, arguments, and those who watch a sandbox."""

import acts
from case import Case, cases

SAYS_UP = "/bin/sh -c 'echo up; read line; exit 3'"
TOUCHES = "/bin/sh -c 'echo x >/w/made; exit 4'"

GIVEN = cases(
    r"""
    --setenv LEAKED <text
    --setenv LEAKED >leaked
    --setenv LEAKED ^w:other
    --unshare-pid --setenv LEAKED <text
    --unshare-pid --as-pid-1 --setenv LEAKED <text
    --sync-fd ^w:sync
    --unshare-pid --sync-fd ^w:sync
    --file <text /f
    --file <one /f --file <two /g
    --ro-bind-data <text /f
    --bind-fd =$S/dir /d
    --info-fd >info
    --json-status-fd >status
    --info-fd >info --json-status-fd >status
    --unshare-all --info-fd >info --json-status-fd >status
    --unshare-user --unshare-pid --info-fd >info --json-status-fd >status
    --unshare-net --unshare-uts --unshare-ipc --unshare-cgroup --info-fd >info
    --info-fd >one --info-fd >two
    --json-status-fd >one --json-status-fd >two
    --json-status-fd >status -- /bin/sh -c 'exit 7'
    --json-status-fd >status -- /bin/sh -c 'kill -TERM $$'
    --json-status-fd >status -- /missing
    --json-status-fd >status --chdir /missing
    --json-status-fd >status --bind /missing /m
    --json-status-fd >status --unshare-all -- /bin/sh -c 'exit 7'
    --json-status-fd >status --unshare-pid --as-pid-1 -- /bin/sh -c 'exit 7'
    --info-fd >info -- /missing
    """,
    base="shared",
)

ARGUMENTS = cases(
    r"""
    --args '<--tmpfs\0/t'
    --args '<--tmpfs\0/t\0'
    --args '|--tmpfs\0/t\0'
    --args '<'
    --args '<\0'
    --args '<--dir\0/a' --args '<--dir\0/b'
    --args '<--dir\0/a\0--perms\x000700' --dir /b
    --args '<--args\x0021' --setenv A '<--dir\0/nested'
    --args '<--setenv\0A\0\0--dir\0/a'
    --args '<--bind\0dir\0/d' --tmpfs /d/sub
    --tmpfs /d --args '<--bind\0dir\0/d/e' --remount-ro /d
    --args '<--dir\0/a\0--'
    --args '<--dir\0/a\0--\0env'
    --args '<env'
    --args '<--dir\0/a\0not-an-option\0--dir\0/b'
    --args <{8000-words}
    """
)

FILTERS = cases(
    r"""
    --seccomp <{refuse}
    --seccomp |{refuse}
    --seccomp <{refuse} --seccomp <{refuse-another}
    --add-seccomp-fd <{refuse}
    --add-seccomp-fd <{refuse} --add-seccomp-fd <{refuse-another}
    --add-seccomp-fd <{refuse} --add-seccomp-fd <{refuse-otherwise}
    --add-seccomp-fd <{refuse-otherwise} --add-seccomp-fd <{refuse}
    --unshare-user --seccomp <{refuse}
    --seccomp <{refuse} -- nice
    """
)
FILTERS += cases("--seccomp <{refuse}\n--unshare-pid --seccomp <{refuse}", base="shared")

GATE = "--block-fd ^r:gate --info-fd ^w:info --bind $S/writable /w"
LOCK = "--bind $S/file /a --lock-file /a"
WATCHED = [
    Case(GATE, TOUCHES, act=acts.open_gate),
    Case(GATE, TOUCHES, act=acts.close_gate),
    Case(
        "--unshare-user --userns-block-fd ^r:gate --info-fd ^w:info",
        "/bin/sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u'",
        act=acts.map_ids,
        base="shared",
    ),
    Case("--sync-fd ^w:sync", SAYS_UP, act=acts.watch_descriptor),
    Case("--sync-fd ^w:sync", SAYS_UP, act=acts.watch_descriptor, base="shared"),
    Case("--bind $S/file /lock --lock-file /lock", SAYS_UP, act=acts.try_locks),
    Case(
        "--bind $S/file /a --ro-bind $S/other /b --lock-file /a --lock-file /b",
        SAYS_UP,
        act=acts.try_locks,
    ),
    Case(f"--unshare-pid {LOCK}", SAYS_UP, act=acts.try_locks, base="shared"),
    Case(LOCK, SAYS_UP, act=acts.try_locks, base="shared"),
    Case("--die-with-parent", SAYS_UP, act=acts.kill_caller),
    Case("--die-with-parent", SAYS_UP, act=acts.kill_caller, base="shared"),
    Case(
        "--die-with-parent --unshare-pid --as-pid-1",
        SAYS_UP,
        act=acts.kill_caller,
        base="shared",
    ),
    Case("", "/bin/sh -c 'read line; echo \"<$line>\"'", act=acts.type_a_line),
    Case("--new-session", "/bin/sh -c 'read line; echo \"<$line>\"'", act=acts.type_a_line),
]
LEAVES = "/bin/sh -c '{ read line; echo late; } <&0 & exit 3'"
BACKGROUND = [
    Case("--dev /dev", LEAVES, act=acts.leave_running),
    Case("--dev /dev", LEAVES, act=acts.leave_running, base="shared"),
    Case("--unshare-pid --dev /dev", LEAVES, act=acts.leave_running, base="shared"),
    Case("--dev /dev --json-status-fd >status", LEAVES, act=acts.leave_running),
    Case("--unshare-pid --as-pid-1 --dev /dev", LEAVES, act=acts.leave_running, base="shared"),
]

CONNECTS = """/usr/bin/python3 -ISc 'import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname())
print("connected")'"""
NETWORK = [
    Case("", CONNECTS),
    Case("--unshare-net", CONNECTS, base="shared"),
    Case("--unshare-user --unshare-net", CONNECTS, base="shared"),
    Case("--share-net", CONNECTS),
]

CASES = GIVEN + ARGUMENTS + FILTERS + WATCHED + BACKGROUND + NETWORK
