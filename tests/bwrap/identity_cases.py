"""Command lines about who the program is, what it may, and what surrounds it."""

import itertools

from case import Case, cases

MAPPED = "--unshare-user --unshare-pid --unshare-ipc --unshare-uts"

ENVIRONMENT = cases(
    r"""
    --setenv B value
    --setenv A changed
    --setenv A ''
    --setenv A 1 --setenv A 2
    --setenv A 'with = and spaces'
    --unsetenv A
    --unsetenv MISSING
    --unsetenv PATH
    --unsetenv PWD
    --unsetenv HOME
    --clearenv
    --clearenv --setenv A 1
    --setenv A 1 --clearenv
    --clearenv --unsetenv PWD
    --setenv PWD /wrong
    --clearenv --setenv PWD /wrong
    --setenv A 1 --unsetenv A
    --unsetenv A --setenv A 1
    --setenv B 1 --clearenv --setenv C 2 --unsetenv C
    --setenv HOME /usr
    --setenv HOME /missing
    --setenv PATH /missing
    --chdir /usr
    --chdir /usr --chdir /proc
    --chdir usr
    --chdir /bin
    --chdir $S --bind $S $S
    --chdir /d --dir /d
    --bind $S $S
    --bind $S $S --setenv HOME /usr
    --setenv HOME /usr --unsetenv HOME
    --setenv PATH /d --bind $S/script /d/mine -- mine
    --setenv PATH /usr/bin -- printenv PATH
    --clearenv -- env -u A
    --setenv PATH /missing -- printenv PATH
    """
)
KEPT_FOLDER = cases("\n--chdir /usr\n--tmpfs $S\n--setenv HOME /usr --tmpfs /tmp", base="host")

NAMESPACES = ("user", "pid", "ipc", "net", "uts", "cgroup")
SINGLE = [Case(f"--unshare-{name}", base="shared") for name in NAMESPACES]
TWO = [
    Case(f"--unshare-{first} --unshare-{second}", base="shared")
    for first, second in itertools.combinations(NAMESPACES, 2)
]
SHARED = cases(
    r"""
    --unshare-all
    --unshare-all --share-net
    --share-net --unshare-all
    --uid 0 --gid 0
    --unshare-net --share-net
    --share-net
    --unshare-user-try
    --unshare-cgroup-try
    --unshare-user --unshare-user-try
    --unshare-cgroup --unshare-cgroup-try
    --unshare-all --unshare-user
    --unshare-all --unshare-net
    --unshare-all --share-net --unshare-net
    --unshare-uts --hostname box
    --unshare-all --hostname box
    --unshare-uts --hostname one --hostname two
    --unshare-uts --hostname ''
    --unshare-user --uid 0
    --unshare-user --uid 0 --gid 0
    --unshare-user --uid 12 --gid 34
    --unshare-user --uid 12
    --unshare-user --gid 34
    --unshare-user --uid 12 --uid 13
    --unshare-user --uid 4294967294
    --unshare-user-try --uid 12
    --unshare-user --disable-userns
    --unshare-user --disable-userns --uid 12 --gid 34
    --unshare-user --disable-userns --assert-userns-disabled
    --unshare-user --assert-userns-disabled
    --disable-userns
    --assert-userns-disabled
    --unshare-all --disable-userns
    --unshare-user --unshare-pid --proc /p
    --unshare-pid --proc /p
    --proc /p
    --unshare-user --proc /p
    --mqueue /q
    --unshare-ipc --mqueue /q
    --dev /dev
    --unshare-user --dev /dev
    --unshare-user --uid 12 --gid 34 --dev /dev
    --unshare-user --uid 0 --dev /dev
    --unshare-user --dev /dev --disable-userns
    --as-pid-1
    --unshare-pid --as-pid-1
    --unshare-all --as-pid-1
    --unshare-pid --as-pid-1 --die-with-parent
    --unshare-pid --die-with-parent
    --die-with-parent
    --new-session
    --unshare-pid --new-session
    --unshare-all --new-session --die-with-parent --as-pid-1
    --bind $S/dir /d
    --bind $S /s --ro-bind $S/dir /s/dir --tmpfs /s/empty
    --ro-bind /sys /sys --tmpfs /t --remount-ro /
    --userns @user
    --userns @nested
    --userns @renamed
    --userns @renamed --unshare-pid
    --userns @renamed --cap-add CAP_CHOWN
    --userns @user --uid 12
    --userns @user --dev /dev
    --userns @user --userns2 @nested
    --userns @user --unshare-pid --proc /p
    --userns @user --disable-userns
    --userns @user --assert-userns-disabled
    --userns @user --pidns @pid
    --userns @user --pidns @pid --unshare-pid
    --userns @user --pidns @pid --as-pid-1
    --userns @user --unshare-user
    --userns2 @user
    --userns2 @nested
    --pidns @pid
    --unshare-user --pidns @pid
    """,
    base="shared",
)

CAPABILITIES = cases(
    r"""
    --cap-add CAP_NET_RAW
    --cap-add cap_net_raw
    --cap-add ALL
    --cap-drop ALL
    --cap-drop CAP_SYS_ADMIN
    --cap-drop CAP_CHOWN --cap-drop CAP_KILL
    --cap-drop ALL --cap-add CAP_CHOWN
    --cap-add CAP_CHOWN --cap-drop ALL
    --cap-add ALL --cap-drop CAP_CHOWN
    --cap-add CAP_CHOWN --cap-drop CAP_CHOWN
    --cap-drop CAP_CHOWN --cap-add CAP_CHOWN
    --cap-add CAP_CHOWN --cap-add CAP_KILL
    --cap-add all
    --cap-drop all
    """,
    base="shared",
)
CAPABILITIES += [
    Case(f"{MAPPED} {ids} {capabilities}".strip(), base="shared")
    for ids in ("", "--uid 0 --gid 0", "--uid 12 --gid 34")
    for capabilities in (
        "",
        "--cap-add CAP_NET_ADMIN",
        "--cap-add ALL",
        "--cap-drop ALL",
        "--cap-drop CAP_SYS_ADMIN",
        "--cap-drop ALL --cap-add CAP_CHOWN --disable-userns",
        "--dev /dev --cap-drop CAP_CHOWN",
    )
]

CASES = ENVIRONMENT + KEPT_FOLDER + SINGLE + TWO + SHARED + CAPABILITIES
