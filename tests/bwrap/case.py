"""A command line to compare, the folder that it runs in, and the descriptors that it is given.

Command lines are written as for a shell, with these words for what a shell has no short form for:

    $S        the scratch folder, which make_scratch() fills; it is the working directory, too
    <text     a descriptor to read `text` from, with the escapes of Python; <{name} is in CONTENTS
    |text     likewise, but a pipe
    >name     a descriptor to write to; what was written is compared
    =path     a descriptor opened with O_PATH
    ^r:name   the reading end of a pipe whose writing end the case's `act` has; ^w:name vice versa
    @user     another user namespace, @nested one within it, @pid a pid namespace of the former,
              @renamed one in which nobody is root
"""
import errno
import os
import shlex
import shutil
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

PYTHON = "/usr/bin/python3"
PROBE = (Path(__file__).parent / "probe.py").read_text()
FIRST_DESCRIPTOR = 20

MERGED = (
    "--ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/bin /bin"
)
# What a case begins with, unless "..." says where else it belongs.
BASES = {
    "usr": f"--unshare-all {MERGED} --proc /proc",  # an empty root with a system in it
    "host": "--unshare-all --ro-bind / / --proc /proc",  # all of the host
    "shared": f"{MERGED} --ro-bind /proc /proc",  # no namespaces but those that have to be
    "none": "",
}


def filter_program(refused):
    """A seccomp filter of x86-64: each number of `refused` fails with its errno."""
    code = [struct.pack("HBBI", 0x20, 0, 0, 0)]  # load the number of the call
    for number, error in refused.items():
        code.append(struct.pack("HBBI", 0x15, 0, 1, number))
        code.append(struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | error))
    return b"".join(code) + struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)


GETPRIORITY, SETHOSTNAME = 140, 170  # x86-64
CONTENTS = {
    "refuse": filter_program({GETPRIORITY: errno.EPERM}),
    "refuse-otherwise": filter_program({GETPRIORITY: errno.EIO}),
    "refuse-another": filter_program({SETHOSTNAME: errno.EPERM}),
    "not-a-filter": b"1234567",
    "no-instructions": b"",
    "binary": bytes(range(256)),
    "long": b"0123456789abcdef" * 20000,
    "8000-words": b"--setenv\0A\0b\0" * 2667,
    "12000-words": b"--setenv\0A\0b\0" * 4000,
}


@dataclass(frozen=True)
class Case:
    options: str
    command: str = ""  # the probe, if there is none
    base: str = "usr"
    who: str = "both"  # or "root", "user"
    act: Optional[Callable] = None  # what the caller does while it runs
    name: str = ""  # where the command line does not say what matters
    environment: dict = field(default_factory=dict)

    def __str__(self):
        text = f"{self.options} -- {self.command}" if self.command else self.options
        return f"{self.name or text or 'nothing'} [{self.base}]"

    def words(self):
        """All arguments, with $S and words for descriptors as they are written above."""
        base = BASES[self.base]
        if "..." in self.options:
            options = self.options.replace("...", base)
        else:
            options = f"{base} {self.options}"
        if self.command == "nothing":
            return shlex.split(options)
        if self.command:
            return shlex.split(options) + shlex.split(self.command)
        listed = ["$S", "/dev", "/srv", "/media"] if "/ /" in options else ["/"]
        return shlex.split(options) + [PYTHON, "-ISc", PROBE, *listed]

    def given_options(self):
        """The names of the options that are this case's own."""
        words = shlex.split(self.options)
        return [word for word in words if word.startswith("--") and word != "--"]


def cases(text, **settings):
    """A case for each line; an own command is behind ` -- `, and `#` begins a comment."""
    found = []
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            options, _, command = f" {line} ".partition(" -- ")
            found.append(Case(options.strip(), command.strip(), **settings))
    return found


def make_scratch(folder):
    """What each run finds in its folder."""
    root = Path(folder)
    for name in ("", "dir", "dir/sub", "empty", "private", "writable"):
        (root / name).mkdir(mode=0o755)
    contents = {"file": "a file\n", "other": "another\n", "dir/inner": "inner\n"}
    contents["private/secret"] = "secret\n"
    for name, content in contents.items():
        (root / name).write_text(content)
    (root / "script").write_text("#!/bin/sh\necho a script runs\n")
    (root / "script").chmod(0o755)
    (root / "dir" / "inner").chmod(0o640)
    (root / "private").chmod(0o700)
    (root / "link").symlink_to("file")
    (root / "dirlink").symlink_to("dir")
    (root / "absolute").symlink_to("/usr")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "fifo", 0o644)


def remove_scratch(folder):
    os.chmod(folder, 0o700)
    for path, folders, _ in os.walk(folder):
        for name in folders:
            if not os.path.islink(f"{path}/{name}"):
                os.chmod(f"{path}/{name}", 0o700)
    shutil.rmtree(folder, ignore_errors=True)
