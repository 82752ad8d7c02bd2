#!/usr/bin/python3
"""Shows what a report of gcovr (--json) says is not covered, by folder and by file.

    coverage.py REPORT

A line counts where it has code. A branch counts where a condition chose it: what only an exception
takes is left out.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Covered:
    """How much of a file or a folder was run."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_taken: int = 0
    not_run: list[int] = field(default_factory=list)
    half_taken: list[int] = field(default_factory=list)

    def add_line(self, line: dict[str, Any]) -> None:
        taken = [branch["count"] > 0 for branch in line.get("branches", [])]
        self.lines += 1
        self.lines_run += line["count"] > 0
        self.branches += len(taken)
        self.branches_taken += sum(taken)
        if line["count"] == 0:
            self.not_run.append(line["line_number"])
        elif not all(taken):
            self.half_taken.append(line["line_number"])

    def add(self, other: Covered) -> None:
        self.lines += other.lines
        self.lines_run += other.lines_run
        self.branches += other.branches
        self.branches_taken += other.branches_taken


def read(report: Path) -> dict[str, Covered]:
    """Of each file. Headers are found through links in the build: they are those of the tree."""
    files: dict[str, Covered] = {}
    for entry in json.loads(report.read_text())["files"]:
        covered = Covered()
        for line in entry["lines"]:
            if not line.get("gcovr/noncode"):
                covered.add_line(line)
        name = entry["file"].rpartition("include/kekkai/")[2]
        # Where a header was found both ways, what ran is in one of the two.
        if covered.lines and covered.lines_run >= files.get(name, Covered()).lines_run:
            files[name] = covered
    return files


def ranges(numbers: list[int]) -> str:
    """1-3 5 of 1, 2, 3, 5."""
    out: list[str] = []
    start = previous = None
    for number in [*sorted(numbers), None]:
        if previous is not None and number == previous + 1:
            previous = number
            continue
        if previous is not None:
            out.append(f"{start}-{previous}" if start != previous else f"{start}")
        start = previous = number
    return " ".join(out)


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "       "


def row(name: str, covered: Covered) -> str:
    lines = f"{covered.lines_run}/{covered.lines}"
    branches = f"{covered.branches_taken}/{covered.branches}"
    return (f"{name:32} {lines:>11} {percent(covered.lines_run, covered.lines)}"
            f" {branches:>11} {percent(covered.branches_taken, covered.branches)}")


def main() -> int:
    files = read(Path(sys.argv[1]))
    folders: dict[str, Covered] = {}
    total = Covered()
    for name, covered in files.items():
        folders.setdefault(name.split("/")[0], Covered()).add(covered)
        total.add(covered)
    print(f"{'':32} {'lines':>19} {'branches':>19}")
    for folder, sums in sorted(folders.items()):
        print(row(folder + "/", sums))
        for name, covered in sorted(files.items()):
            if not name.startswith(folder + "/") or not (covered.not_run or covered.half_taken):
                continue
            print(row("  " + name.partition("/")[2], covered))
            if covered.not_run:
                print(f"      never run: {ranges(covered.not_run)}")
            if covered.half_taken:
                print(f"      one way only: {ranges(covered.half_taken)}")
    print(row("all", total))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
