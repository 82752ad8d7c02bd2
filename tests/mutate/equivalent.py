"""The list of changes that change nothing: equivalent.txt.

    FILE: LINE
      ORIGINAL  ->  CHANGED
      Why: REASON

A block for each, the line and the code as they are in the file, without indentation. Where a line
has several equivalent mutants, a block has several of the second lines.
"""

from __future__ import annotations

from pathlib import Path

from mutants import Mutant

Key = tuple[str, str, str, str]
LIST = Path(__file__).with_name("equivalent.txt")
ARROW = "  ->  "


def read() -> dict[Key, str]:
    """The reason of each."""
    reasons: dict[Key, str] = {}
    for block in LIST.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        file, _, code = lines[0].partition(": ")
        reason = " ".join(line.strip() for line in lines if not _is_change(line))
        _, _, reason = reason.partition(" Why: ")
        changes = [line for line in lines[1:] if _is_change(line)]
        if not changes or not reason:
            raise SystemExit(f"mutate: {LIST.name}: no change or no reason: {lines[0]}")
        for change in changes:
            original, _, changed = change[2:].partition(ARROW.rstrip())
            reasons[(file, code, original.strip(), changed.strip())] = reason
    return reasons


def _is_change(line: str) -> bool:
    return line.startswith("  ") and ARROW.rstrip() in line


def split(mutants: list[Mutant]) -> tuple[list[Mutant], list[Mutant], list[Key]]:
    """Mutants to be killed, equivalent ones, and what is listed but does not exist."""
    reasons = read()
    equivalent = [mutant for mutant in mutants if mutant.key() in reasons]
    known = {mutant.key() for mutant in equivalent}
    to_kill = [mutant for mutant in mutants if mutant.key() not in reasons]
    return to_kill, equivalent, [key for key in reasons if key not in known]
