"""Runs tests with one mutant alive, and tells whether they notice."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mutants import Mutant

# What a test that hangs or grows without end may take.
FLOOR_SECONDS = 5.0
TIMES_UNDISTURBED = 10.0
MOST_MEMORY = 4 << 30
# Tests that take no longer than this together are tried before the others.
QUICK_SECONDS = 0.05


@dataclass
class Test:
    """A test, how long it takes, and which mutants it reaches."""

    name: str
    seconds: float
    reached: bytes


@dataclass
class Verdict:
    """What became of a mutant."""

    mutant: Mutant
    outcome: str  # "killed", "survived" or "not reached"
    how: str = ""  # the test that killed it, "timeout", or a signal


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Runner:
    """The test program, and what is known of its tests."""

    def __init__(self, program: Path):
        self.program = program
        self.tests: list[Test] = []

    def _run(self, names: list[str], seconds: float, environment: dict[str, str]
             ) -> tuple[int | None, str]:
        """Exit status, or None where the time was up; and what was printed."""
        with tempfile.TemporaryDirectory(prefix="kekkai-mutate.") as folder:
            process = subprocess.Popen(
                [self.program, "--gtest_filter=" + ":".join(names), "--gtest_fail_fast",
                 "--gtest_color=no", "--gtest_brief=1"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                cwd=folder, start_new_session=True, preexec_fn=_limit,
                env={"PATH": os.environ["PATH"], "TMPDIR": folder, "LANG": "C.UTF-8",
                     "HOME": folder, **environment})
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return None, ""
            return process.returncode, output.decode(errors="replace")

    def names(self) -> list[str]:
        listed = subprocess.run([self.program, "--gtest_list_tests"], check=True,
                                capture_output=True, text=True).stdout
        names, suite = [], ""
        for line in listed.splitlines():
            name = line.split("#")[0].rstrip()
            if not line.startswith(" "):
                suite = name
            else:
                names.append(suite + name.strip())
        return [name for name in names if name.count(".") == 1]

    def _explore(self, job: tuple[str, int]) -> Test:
        name, count = job
        with tempfile.NamedTemporaryFile(prefix="kekkai-reached.") as reached:
            reached.truncate(count)
            start = time.monotonic()
            status, output = self._run([name], 600, {"KEKKAI_MUTANTS_REACHED": reached.name})
            seconds = time.monotonic() - start
            if status != 0:
                raise SystemExit(f"mutate: {name} fails without any mutant\n{output}")
            return Test(name, seconds, Path(reached.name).read_bytes())

    def explore(self, count: int, jobs: int) -> None:
        """Runs each test once, to see which mutants it reaches."""
        names = self.names()
        with ThreadPoolExecutor(jobs) as pool:
            results = pool.map(self._explore, [(name, count) for name in names])
            for i, test in enumerate(results):
                progress("looking what each test reaches", i + 1, len(names))
                if any(test.reached):
                    self.tests.append(test)
        self.tests.sort(key=lambda test: test.seconds)

    def _batches(self, mutant: Mutant) -> list[list[Test]]:
        """The tests that reach it, quick ones first."""
        quick: list[Test] = []
        slow: list[Test] = []
        for test in self.tests:
            if test.reached[mutant.number]:
                (quick if test.seconds <= QUICK_SECONDS else slow).append(test)
        return [batch for batch in (quick, slow) if batch]

    def try_one(self, mutant: Mutant) -> Verdict:
        batches = self._batches(mutant)
        if not batches:
            return Verdict(mutant, "not reached")
        for batch in batches:
            undisturbed = sum(test.seconds for test in batch)
            seconds = max(FLOOR_SECONDS, TIMES_UNDISTURBED * undisturbed)
            status, output = self._run([test.name for test in batch], seconds,
                                       {"KEKKAI_MUTANT": str(mutant.number)})
            if status is None:
                return Verdict(mutant, "killed", f"not over after {seconds:.0f} s")
            if status < 0:
                return Verdict(mutant, "killed", signal.Signals(-status).name)
            if status > 0:
                return Verdict(mutant, "killed", first_failure(output))
        return Verdict(mutant, "survived")

    def try_all(self, mutants: list[Mutant], jobs: int) -> list[Verdict]:
        verdicts = []
        with ThreadPoolExecutor(jobs) as pool:
            for i, verdict in enumerate(pool.map(self.try_one, mutants)):
                progress("trying mutants", i + 1, len(mutants))
                verdicts.append(verdict)
        return verdicts


def first_failure(output: str) -> str:
    for line in output.splitlines():
        if line.startswith("[  FAILED  ] "):
            return line.removeprefix("[  FAILED  ] ").split(" (")[0].split(",")[0]
    return "exit status"


def progress(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[Kmutate: {what} {done}/{total}", end="\n" if done == total else "",
              file=sys.stderr, flush=True)
    elif done == total or done % 200 == 0:
        print(f"mutate: {what} {done}/{total}", file=sys.stderr, flush=True)
