"""What a caller does while its command line runs. Nothing waits for a time to pass."""

import fcntl
import json
import os
import select


def is_quiet(descriptor):
    """Neither anything to read, nor the end."""
    return not select.select([descriptor], [], [], 0)[0]


def wait_for_line(running):
    running.facts.append(f"said {running.process.stdout.readline().decode().strip()!r}")


def answer(running):
    running.process.stdin.write(b"line\n")
    running.process.stdin.flush()


def type_a_line(running):
    answer(running)


def leave_running(running):
    """The program has ended, something that it started has not: it answers, if it is there."""
    running.process.wait()
    try:
        answer(running)
    except BrokenPipeError:
        pass


def read_info(running):
    """The pid of --info-fd, whose document may come in pieces."""
    text = ""
    while "}" not in text:
        piece = os.read(running.ends["info"], 4096).decode()
        if not piece:
            break
        text += piece
    return json.loads(text)["child-pid"]


def open_gate(running):
    """The program must not run before the gate is open."""
    read_info(running)
    made = os.path.exists(f"{running.scratch}/writable/made")
    running.facts.append(f"ran before the gate was open: {made}")
    os.write(running.ends["gate"], b"x")


def close_gate(running):
    """The end of what is read opens the gate, too."""
    read_info(running)
    os.close(running.ends.pop("gate"))


def map_ids(running):
    """Writes the id maps in the program's place."""
    folder = f"/proc/{read_info(running)}"
    for name, text in (
        ("uid_map", f"0 {os.geteuid()} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"0 {os.getegid()} 1"),
    ):
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    os.write(running.ends["gate"], b"x")


def watch_descriptor(running):
    """--sync-fd: open as long as the sandbox runs."""
    wait_for_line(running)
    running.facts.append(f"open while it runs: {is_quiet(running.ends['sync'])}")
    running.process.stdin.close()
    running.process.stdin = None
    running.process.wait()
    running.facts.append(f"at its end: {os.read(running.ends['sync'], 1)}")


def lock_kinds(path):
    """Which locks another process could take now."""
    kinds = []
    with open(path, "r+", encoding="utf-8") as file:
        for name, kind in (("shared", fcntl.LOCK_SH), ("exclusive", fcntl.LOCK_EX)):
            try:
                fcntl.lockf(file, kind | fcntl.LOCK_NB)
                fcntl.lockf(file, fcntl.LOCK_UN)
                kinds.append(name)
            except OSError:
                pass
    return kinds


def try_locks(running):
    wait_for_line(running)
    for name in ("file", "other"):
        running.facts.append(f"{name}, while it runs: {lock_kinds(f'{running.scratch}/{name}')}")
    running.process.stdin.close()
    running.process.stdin = None
    running.process.wait()
    # Pid 1 may end a moment after whoever has started it.
    with open(f"{running.scratch}/file", "r+", encoding="utf-8") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
    running.facts.append("afterwards: free")


def kill_caller(running):
    """The program has to end, though its standard input does not; finish() waits for that."""
    wait_for_line(running)
    running.process.kill()
    running.process.wait()
    running.facts.append(f"said at last {running.process.stdout.read()!r}")
