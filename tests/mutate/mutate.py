#!/usr/bin/python3
"""Changes the code of ops/ and init/ in every way it knows, and tells what no test notices.

    mutate.py [--list] [--json FILE] [--jobs N] [FILE...]

All changes are compiled at once, each behind a switch; a run of the tests turns one of them on.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import build
import equivalent
from mutants import Mutant
from run import Runner, Verdict

ENOUGH_PERCENT = 95.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def chosen(mutants: list[Mutant], files: list[str]) -> list[Mutant]:
    wanted = {os.path.relpath(file, build.ROOT) for file in files}
    unknown = wanted - set(build.sources())
    if unknown:
        raise SystemExit(f"mutate: not a source of ops or init: {', '.join(sorted(unknown))}")
    return [mutant for mutant in mutants if not wanted or mutant.file in wanted]


def show(verdict: Verdict) -> None:
    mutant = verdict.mutant
    print(f"{mutant.file}:{mutant.line}: {verdict.outcome}")
    print(f"    {mutant.original}")
    print(f" -> {mutant.changed or '(nothing)'}")


def write_json(path: Path, verdicts: list[Verdict]) -> None:
    rows = [
        {"file": v.mutant.file, "line": v.mutant.line, "original": v.mutant.original,
         "changed": v.mutant.changed, "outcome": v.outcome, "how": v.how}
        for v in verdicts
    ]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def main() -> int:
    options = arguments()
    if options.json:
        options.json = options.json.absolute()
    everything = build.mutate()
    mutants = chosen(everything, options.files)
    if options.list:
        print("\n".join(str(mutant) for mutant in mutants))
        return 0
    to_kill, same, stale = equivalent.split(mutants)
    runner = Runner(build.build())
    runner.explore(len(everything), options.jobs)
    verdicts = runner.try_all(to_kill, options.jobs)
    # What is said to change nothing must not be noticed.
    noticed = [v for v in runner.try_all(same, options.jobs) if v.outcome == "killed"]
    return report(options, verdicts, same, noticed, [] if options.files else stale)


def report(options: argparse.Namespace, verdicts: list[Verdict], same: list[Mutant],
           noticed: list[Verdict], stale: list[equivalent.Key]) -> int:
    alive = [v for v in verdicts if v.outcome != "killed"]
    for verdict in alive:
        show(verdict)
    for verdict in noticed:
        print(f"{verdict.mutant} is in equivalent.txt, but {verdict.how} notices it")
    for key in stale:
        print(f"equivalent.txt names what does not exist: {key[0]}: {key[2]}  ->  {key[3]}")
    if options.json:
        rest = [Verdict(mutant, "equivalent") for mutant in same]
        write_json(options.json, verdicts + rest)
    killed = len(verdicts) - len(alive)
    percent = 100 * killed / max(1, len(verdicts))
    not_reached = sum(v.outcome == "not reached" for v in alive)
    print(f"{killed} of {len(verdicts)} mutants killed ({percent:.1f} %), "
          f"{len(alive) - not_reached} survived, {not_reached} not reached, "
          f"{len(same)} equivalent ones left out")
    return 0 if percent >= ENOUGH_PERCENT and not noticed and not stale else 1


if __name__ == "__main__":
    raise SystemExit(main())
