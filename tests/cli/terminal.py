"""A person at a terminal: a pseudoterminal with a shell, keys to press, and a screen to read."""

import atexit
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

KEKKAI = os.environ["KEKKAI_BIN"] + "/kekkai"
PATIENCE = 60  # seconds; only ever waited out by a test that fails
PROMPT = r"\[(\d+)\]> "

WORK = tempfile.mkdtemp()
atexit.register(shutil.rmtree, WORK)
failures = 0

# Writes what it reads, and names the signals that its arguments name. Another thread waits for them,
# so that none can come in a moment in which nobody looks. It says "up" when it is ready.
READER = WORK + "/reader.py"
with open(READER, "w") as reader:
    reader.write(
        """
import os, signal, sys, threading
names = sys.argv[1:]
signals = [getattr(signal, "SIG" + name) for name in names]
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
def tell():
    while True:
        name = signal.Signals(signal.sigwait(signals)).name[3:]
        size = os.get_terminal_size(0) if name == "WINCH" else ()
        print("got", name, *size, flush=True)
if signals:
    threading.Thread(target=tell, daemon=True).start()
print("up", flush=True)
while line := os.read(0, 4096):
    os.write(1, line)
os._exit(0)  # an interpreter that ends while another thread prints may crash
"""
    )


class Failure(Exception):
    pass


def check(what, wanted, got):
    if wanted != got:
        raise Failure(f"{what}\n  wanted: {wanted!r}\n  got:    {got!r}")


def wait_until(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"never true: {what}")
        select.select([], [], [], 0.01)


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Terminal:
    """Starts `argv` (bash by default) as the leader of a session on a terminal of its own."""

    def __init__(self, argv=None):
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": WORK,
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
            "PS1": "[$?]> ",
            "INPUTRC": "/dev/null",
            "K": KEKKAI,
            "READER": READER,
            "R": f"--ro {READER} -- python3 -S -I {READER}",
        }
        bash = ["bash", "--norc", "--noprofile", "-i"]
        self.seen = ""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            set_size(0, 24, 200)  # wide enough for a shell not to break lines
            os.execvpe((argv or bash)[0], argv or bash, environment)
        if argv is None:
            self.expect(PROMPT)
            self.begin("bind 'set enable-bracketed-paste off'")
            self.expect(PROMPT)
            self.group = self.foreground()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.master)
        os.waitpid(self.pid, 0)

    def resize(self, rows, columns):
        set_size(self.master, rows, columns)

    def foreground(self):
        return struct.unpack("i", fcntl.ioctl(self.master, termios.TIOCGPGRP, b"\0" * 4))[0]

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def expect(self, pattern):
        """Waits until `pattern` is on the screen, and forgets everything up to its end."""
        end = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.last = self.seen[: found.start()]
                self.seen = self.seen[found.end() :]
                return found
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                raise Failure(f"{pattern!r} never came; on the screen: {self.seen!r}")
            try:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                raise Failure(f"the terminal closed before {pattern!r}; seen: {self.seen!r}")

    def begin(self, command):
        """Types a command, whose echo is off the screen then."""
        self.press(command + "\n")
        self.expect(re.escape(command) + r"\r\n")

    def prompt(self):
        """Waits for the shell; the exit status that it shows. The terminal has to be the shell's."""
        status = int(self.expect(PROMPT)[1])
        check("the terminal's foreground process group", self.group, self.foreground())
        return status

    def run(self, command):
        """Exit status and output of a command."""
        self.begin(command)
        status = self.prompt()
        return status, self.last.replace("\r", "")

    def unchanged(self):
        """The terminal is as it was at first: the shell's line editor sets its own, so ask stty."""
        status, output = self.run("stty -g")
        check("stty", 0, status)
        if not hasattr(self, "modes"):
            self.modes = output
        check("the terminal's modes", self.modes, output)


def scenario(function):
    """Runs a test with an interactive shell, which has to find its terminal unchanged after it."""
    global failures
    try:
        with Terminal() as shell:
            shell.unchanged()
            function(shell)
            shell.unchanged()
    except Failure as failure:
        failures += 1
        print(f"FAILED: {function.__name__}: {failure}")
    return function


def finish():
    sys.exit(1 if failures else 0)
