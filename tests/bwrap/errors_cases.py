"""Command lines that bubblewrap refuses, and how programs end."""

from case import Case, cases

REFUSED = cases(
    r"""
    -- nothing
    --unknown
    --unknown value
    -x
    --bind
    --bind $S/dir
    --bind $S/missing /d
    --ro-bind $S/missing /d
    --dev-bind $S/missing /d
    --bind $S/dangling /d
    --bind $S/file/below /d
    --bind $S/private/../missing /d
    --bind-try $S/dir
    --bind-try $S/file /d --tmpfs /d
    --bind-try $S/dir /usr/bin/env
    --bind $S/dir /usr/bin/env
    --bind $S/file /usr
    --bind $S/dir /usr/missing
    --ro-bind $S/file /usr/missing/below
    --bind-fd 99 /d
    --bind-fd x /d
    --bind-fd -1 /d
    --ro-bind-fd 99 /d
    --bind-fd <text /d
    --tmpfs
    --tmpfs /usr/missing
    --tmpfs ''
    --dir
    --dir ''
    --dir /usr/missing
    --dir /usr/bin/env
    --dir /usr/bin/env/below
    --file 99 /f
    --file x /f
    --file -1 /f
    --file '' /f
    --file <text
    --file <text /usr/missing
    --file <text /usr
    --bind-data 99 /f
    --ro-bind-data 99 /f
    --ro-bind-data <text /usr/missing
    --ro-bind-data <text /usr
    --symlink target
    --symlink target /usr
    --symlink target /usr/missing
    --symlink target /usr/bin/env/below
    --chmod 0700 /missing
    --chmod 0700
    --chmod 9 /usr
    --chmod 0700 /usr
    --chmod '' /usr
    --perms 0700
    --perms 9 --dir /d
    --perms 0x1ff --dir /d
    --perms '' --dir /d
    --perms 07777777 --dir /d
    --perms -1 --dir /d
    --perms 10000 --dir /d
    --perms 0700 --perms 0711 --dir /d
    --perms 0700 --bind $S/dir /d
    --perms 0700 --proc /p
    --perms 0700 --chmod 0711 /usr
    --perms 0700 --remount-ro /
    --perms 0700 --setenv A 1 --dir /d
    --perms 0700 --size 4096 --dir /d
    --size 4096
    --size 0 --tmpfs /t
    --size -1 --tmpfs /t
    --size x --tmpfs /t
    --size 1K --tmpfs /t
    --size 99999999999999999999 --tmpfs /t
    --size 18446744073709551615 --tmpfs /t
    --size 4096 --size 8192 --tmpfs /t
    --size 4096 --dir /d
    --size 4096 --bind $S/dir /d
    --remount-ro /missing
    --remount-ro /bin
    --remount-ro /usr/share
    --dir /d --remount-ro /d
    --proc
    --proc /usr/missing
    --proc /usr/bin/env
    --dev
    --dev /usr/missing
    --mqueue /usr/missing
    --uid
    --uid x
    --uid -1
    --uid ''
    --uid 4294967295
    --uid 99999999999
    --gid x
    --gid -1
    --hostname
    --chdir
    --chdir /missing
    --chdir /usr/bin/env
    --chdir ''
    --setenv A
    --setenv '' value
    --setenv A=B value
    --unsetenv
    --unsetenv A=B
    --unsetenv ''
    --lock-file
    --lock-file /missing
    --lock-file /usr
    --sync-fd 99
    --sync-fd x
    --block-fd 99
    --block-fd x
    --userns-block-fd 99
    --userns-block-fd x
    --info-fd x
    --json-status-fd -1
    --seccomp 99
    --seccomp x
    --seccomp <{not-a-filter}
    --seccomp <{no-instructions}
    --add-seccomp-fd <{not-a-filter}
    --seccomp <{refuse} --add-seccomp-fd <{refuse}
    --add-seccomp-fd <{refuse} --seccomp <{refuse}
    --cap-add
    --cap-add CAP_MISSING
    --cap-drop CAP_MISSING
    --cap-add 12
    --userns 99
    --userns x
    --userns <text
    --pidns 99
    --pidns <text
    --args
    --args 99
    --args x
    --args <--unknown
    --args <--dir
    --as-pid-1 --lock-file /usr/bin/env
    --exec-label some:label
    --file-label some:label
    --new-session=yes
    --bind=/usr
    -- /missing
    -- missing
    -- /usr
    -- /usr/missing/below
    --ro-bind $S/file /f -- /f
    --ro-bind $S/dir/inner /f -- /f
    """
)
SHARED = cases(
    r"""
    --uid 12
    --gid 34
    --hostname box
    --hostname box --uid 12
    --as-pid-1
    --unshare-user --uid x
    --disable-userns --userns @user
    """,
    base="shared",
)
BARE = cases(
    r"""
    -- nothing
    --unknown --help -- nothing
    -- true
    --unshare-all -- /bin/true
    --ro-bind / / -- true
    --ro-bind / / -- --unknown
    --ro-bind / / --dev-bind /dev /dev -- /bin/sh -c 'exit 0'
    --bind
    --ro-bind
    """,
    base="none",
)

ENDS = [Case("", f"/bin/sh -c 'exit {status}'") for status in (0, 1, 2, 125, 126, 127, 128, 255)]
ENDS += [
    Case(options, f"/bin/sh -c 'kill -{name} $$'", base="shared")
    for name in ("TERM", "KILL", "INT", "HUP", "QUIT", "SEGV", "ABRT", "USR1", "PIPE")
    for options in ("", "--unshare-pid", "--unshare-pid --as-pid-1")
]
ENDS += cases(
    r"""
    -- /bin/sh -c 'echo out; echo err >&2; exit 3'
    -- /bin/sh -c 'echo "bwrap: not from it" >&2'
    -- /bin/sh -c '(exit 4) & wait; exit 5'
    -- cat
    -- env printf %s 'one word'
    -- env -- printf '[%s]' a '' 'b c' --bind
    --tmpfs /t -- -- env true
    """
)

CASES = REFUSED + SHARED + BARE + ENDS
