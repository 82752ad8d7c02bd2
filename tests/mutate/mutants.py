"""What a mutant is, and a source with the switches of all its mutants in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Mutant:
    """One change of the code, that is made when its number is the one asked for."""

    number: int
    file: str
    line: int
    line_text: str
    original: str
    changed: str

    def key(self) -> tuple[str, str, str, str]:
        """What identifies it also after the lines before it have changed."""
        return (self.file, self.line_text, self.original, self.changed)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.original}  ->  {self.changed}"


@dataclass
class _Wrap:
    start: int
    end: int
    before: str
    after: str
    order: int


def one_line(text: str) -> str:
    """The text of a node without comments and line breaks."""
    return re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", text)).strip()


@dataclass
class Source:
    """A file under mutation. Offsets are of bytes: that is how libclang counts."""

    file: str
    text: bytes
    mutants: list[Mutant] = field(default_factory=list)
    _wraps: list[_Wrap] = field(default_factory=list)
    _replaced: dict[int, tuple[int, str]] = field(default_factory=dict)

    def slice(self, start: int, end: int) -> str:
        return self.text[start:end].decode()

    def add(self, start: int, end: int, changed: str) -> int:
        """A mutant of the code between two offsets; returns its number in this file."""
        number = len(self.mutants)
        line = self.text.count(b"\n", 0, start) + 1
        line_text = self.text.split(b"\n")[line - 1].decode().strip()
        original = one_line(self.slice(start, end))
        self.mutants.append(
            Mutant(number, self.file, line, line_text, original, one_line(changed))
        )
        return number

    def wrap(self, start: int, end: int, before: str, after: str) -> None:
        """Puts text around a node. Of two with the same bounds the first is outside."""
        self._wraps.append(_Wrap(start, end, before, after, len(self._wraps)))

    def replace(self, start: int, end: int, text: str) -> None:
        self._replaced[start] = (end, text)

    def numbered(self, first: int) -> tuple[str, list[Mutant]]:
        """The source and its mutants, counted from `first`."""
        text = re.sub(r"\bMUTANT(\d+)\b", lambda m: str(first + int(m[1])), self.render())
        return text, [replace(m, number=first + m.number) for m in self.mutants]

    def render(self) -> str:
        """The source with everything that was put into it; numbers are MUTANT<number>."""
        points: dict[int, list[tuple[tuple[int, int, int], str]]] = {}
        for wrap in self._wraps:
            # Where nodes end others may start: what ends comes first, and inner ends before outer.
            opening = ((1, -wrap.end, wrap.order), wrap.before)
            closing = ((0, -wrap.start, -wrap.order), wrap.after)
            points.setdefault(wrap.start, []).append(opening)
            points.setdefault(wrap.end, []).append(closing)
        out: list[bytes] = []
        at = 0
        for point in sorted(points.keys() | self._replaced.keys()):
            out.append(self.text[at:point])
            at = point
            for _, text in sorted(points.get(point, [])):
                out.append(text.encode())
            if point in self._replaced:
                at, text = self._replaced[point]
                out.append(text.encode())
        out.append(self.text[at:])
        return b"".join(out).decode()
