"""Runs a case under one program, and says what came of it: lines by the kind of fact."""

import json
import os
import re
import shlex
import signal
import subprocess

import view
from case import PROBE, make_scratch, remove_scratch
from descriptors import Descriptors

PATIENCE = 60  # seconds; only ever waited out by a case that fails
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "A": "from outside"}


class Running:
    """A command line that runs. What an `act` finds out goes into `facts`."""

    def __init__(self, process, descriptors, scratch):
        self.process = process
        self.ends = descriptors.ends
        self.scratch = scratch
        self.facts = []
        self.ended = True

    def finish(self):
        """Waits for the end of the program and of everybody who has its output."""
        try:
            return self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.ended = False
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.stdout.close()
            self.process.stderr.close()
            self.process.wait()
            return b"", b""


def describe_errors(text):
    """Of an error only where it comes from: its words may be better than bubblewrap's."""
    lines = text.splitlines()
    if lines and lines[0].startswith("bwrap: "):
        return ["bwrap: …"]
    if lines and lines[0].startswith("usage: "):
        return ["usage: …"]
    return lines


def describe_json(text):
    """The members of each document, with their types; and an exit code, which is no surprise."""
    decoder = json.JSONDecoder()
    lines = []
    text = text.strip()
    while text:
        try:
            document, end = decoder.raw_decode(text)
        except ValueError:
            return lines + [f"no JSON: {text!r}"]
        for name, value in sorted(document.items()):
            lines.append(f"{name}: {value if name == 'exit-code' else type(value).__name__}")
        lines.append("end of a document")
        text = text[end:].strip()
    return lines


def files_left(scratch):
    """What is in the scratch folder afterwards."""
    found = []
    for folder, folders, files in os.walk(scratch):
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            size = status.st_size if os.path.isfile(path) else ""
            found.append(f"{os.path.relpath(path, scratch)} {status.st_mode:o} {size}".rstrip())
    return sorted(found)


def command_to_paste(program, case):
    """What a shell would be told; the probe stands for itself."""
    words = ["PROBE" if word == PROBE else word for word in case.words()]
    return f"{shlex.join(program)} {' '.join(w if '$S' in w else shlex.quote(w) for w in words)}"


def observe(case, running, out, errors, descriptors):
    text = out.decode(errors="replace")
    facts = {}
    if not case.command and text.startswith("{"):
        facts = view.lines_of(text, running.process.pid)
    else:
        facts["output"] = text.splitlines()
    status = running.process.returncode
    facts["exit"] = [f"status {status}" if status >= 0 else f"signal {-status}"]
    message = errors.decode(errors="replace")
    facts["errors"] = describe_errors(message)
    for name, written in descriptors.written().items():
        facts[f"written to {name}"] = describe_json(written)
    facts["happened"] = running.facts
    return facts, message


def run_case(case, program, scratch):
    """The facts by kind, and the whole of what was said on the standard error."""
    make_scratch(scratch)
    descriptors = Descriptors(scratch)
    try:
        words = [descriptors.replace(word) for word in case.words()]
        process = subprocess.Popen(
            [*program, *words],
            cwd=scratch,
            env={**ENVIRONMENT, "HOME": scratch, **case.environment},
            stdin=subprocess.PIPE if case.act else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors.given,
            start_new_session=True,
        )
        descriptors.release()
        running = Running(process, descriptors, scratch)
        if case.act:
            case.act(running)
        out, errors = running.finish()
        if not running.ended:
            raise TimeoutError(f"{process.args[0]} did not end within {PATIENCE} seconds")
        facts, message = observe(case, running, out, errors, descriptors)
        facts["left on the host"] = files_left(scratch)
        shown = {kind: [re.sub(re.escape(scratch), "$S", line) for line in lines]
                 for kind, lines in facts.items()}
        return shown, message
    finally:
        descriptors.close()
        remove_scratch(scratch)
