"""Constants of a file, made anew in each process, so that a mutant can be in them."""

from __future__ import annotations

import re

from clang.cindex import Cursor, CursorKind

from parsed import FIXED, Parsed


class Uses:
    """Where each constant of a file is named."""

    def __init__(self, code: Parsed):
        self.code = code
        self.constants: dict[int, Cursor] = {}
        # Of each: the constant that it is used in, or 0, and whether the compiler has to know it.
        self._uses: dict[int, list[tuple[int, bool]]] = {}
        for child in code.top:
            self._look(child, 0, False)

    def _look(self, at: Cursor, inside: int, is_fixed: bool) -> None:
        if at.kind == CursorKind.VAR_DECL and self.code.text(at).startswith("constexpr"):
            self.constants[at.hash] = at
            inside = at.hash
        if at.kind == CursorKind.DECL_REF_EXPR and at.referenced is not None:
            self._uses.setdefault(at.referenced.hash, []).append((inside, is_fixed))
        for child in at.get_children():
            in_type = (at.kind == CursorKind.VAR_DECL and
                       child.extent.start.offset < at.location.offset)
            self._look(child, inside, is_fixed or in_type or at.kind in FIXED)

    def of(self, key: int) -> list[tuple[int, bool]]:
        return self._uses.get(key, [])

    def fixed(self) -> set[int]:
        """Those that the compiler has to know."""
        found: set[int] = set()
        text = self.code.source.text.decode()
        for key, constant in self.constants.items():
            named = len(re.findall(rf"\b{constant.spelling}\b", text))
            if named != len(self.of(key)) + 1:  # libclang does not show them all
                found.add(key)
        # What such a constant is made of is one, too.
        for _ in self.constants:
            found |= {key for key in self.constants for inside, is_fixed in self.of(key)
                      if is_fixed or inside in found}
        return found


def make_functions(code: Parsed) -> set[int]:
    """Makes a function of each constant where that is possible; returns their hashes."""
    uses = Uses(code)
    made = uses.constants.keys() - uses.fixed()
    for key in made:
        constant = uses.constants[key]
        start, end = code.bounds(constant)
        semicolon = code.source.text.index(b";", end) + 1
        name = constant.spelling
        code.source.wrap(start, semicolon,
                         f"static const auto {name} = []() -> const auto& {{ static ",
                         f" return {name}; }};")
        code.source.replace(start, start + len("constexpr"), "")
    return made
