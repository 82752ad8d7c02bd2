"""What a program in a sandbox sees, as one Python literal. Runs inside, so imports next to nothing.

Its arguments are the folders to list.
"""
import os
import stat
import sys

ENTRIES = 1000


def is_skipped(path, status):
    """The system's own trees, wherever they are bound: mounts tell enough of them."""
    for system in ("/usr", "/sys"):
        try:
            if os.path.samestat(os.stat(system), status):
                return True
        except OSError:
            pass
    return os.path.exists(f"{path}/meminfo")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="surrogateescape")
    except OSError as error:
        return error.strerror


def link(path):
    try:
        return os.readlink(path)
    except OSError as error:
        return error.strerror


def describe(path):
    """Type, mode, owner, what the program may do, and what is in it."""
    status = os.lstat(path)
    kind = stat.S_IFMT(status.st_mode)
    owner = f"{status.st_uid}:{status.st_gid}"
    if kind == stat.S_IFLNK:
        return f"{path} -> {os.readlink(path)} {owner}"
    may = "".join(c for c, m in zip("rwx", (4, 2, 1)) if os.access(path, m))
    text = f"{path} {stat.filemode(status.st_mode)} {owner} {may or 'nothing'}"
    if kind == stat.S_IFREG:
        content = read(path)
        text += f" {len(content)} {content[:80]!r}"
    elif kind == stat.S_IFCHR:
        text += f" {os.major(status.st_rdev)},{os.minor(status.st_rdev)}"
    return text


def walk(path, found):
    if len(found) > ENTRIES:
        return
    try:
        found.append(describe(path))
        status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode) or is_skipped(path, status):
            return
        for name in sorted(os.listdir(path)):
            walk(os.path.join(path, name), found)
    except OSError as error:
        found.append(f"{path}: {error.strerror}")


def descriptors():
    found = {}
    try:
        for name in os.listdir("/proc/self/fd"):
            if os.path.lexists(f"/proc/self/fd/{name}"):  # and not the one that lists them
                found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        pass
    return found


def priority():
    """A call that filters of the test refuse."""
    try:
        return os.getpriority(os.PRIO_PROCESS, 0)
    except OSError as error:
        return error.strerror


def look(folders):
    found = []
    seen_descriptors = descriptors()
    for folder in folders:
        if os.path.lexists(folder):
            walk(folder, found)
    kinds = ("cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "user", "uts")
    texts = ("mountinfo", "status", "uid_map", "gid_map", "setgroups", "environ", "limits")
    return {
        "files": found,
        "descriptors": seen_descriptors,
        "namespaces": {kind: link(f"/proc/self/ns/{kind}") for kind in kinds},
        "texts": {name: read(f"/proc/self/{name}") for name in (*texts, "cgroup", "net/dev")},
        "cwd": os.getcwd(),
        "hostname": os.uname().nodename,
        "priority": priority(),
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "group": os.getpgrp(),
        "session": os.getsid(0),
    }


print(repr(look(sys.argv[1:])))
