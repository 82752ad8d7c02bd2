"""A C++ file as libclang sees it, tied to the text that it was read from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clang.cindex import Cursor, CursorKind, TranslationUnit, TypeKind

from mutants import Source, one_line

FUNCTIONS = {
    CursorKind.FUNCTION_DECL,
    CursorKind.CXX_METHOD,
    CursorKind.CONSTRUCTOR,
    CursorKind.FUNCTION_TEMPLATE,
    CursorKind.LAMBDA_EXPR,
}
# What these hold the compiler has to know.
FIXED = {
    CursorKind.STATIC_ASSERT,
    CursorKind.TYPE_REF,
    CursorKind.TEMPLATE_REF,
    CursorKind.ENUM_CONSTANT_DECL,
}


class Function:
    """What is around a statement: decides whether it can be left out."""

    def __init__(self, cursor: Cursor, source: Source):
        self.is_lambda = cursor.kind == CursorKind.LAMBDA_EXPR
        start = cursor.extent.start.offset
        line_start = source.text.rfind(b"\n", 0, start) + 1
        bodies = [c for c in cursor.get_children() if c.kind == CursorKind.COMPOUND_STMT]
        self.body = bodies[-1] if bodies else None
        head = source.slice(line_start, self.body.extent.start.offset) if self.body else ""
        self.is_noreturn = "[[noreturn]]" in head
        self.is_constexpr = "constexpr" in head
        self.is_bool = not self.is_lambda and is_bool(cursor.result_type.kind)
        self.is_void = not self.is_lambda and cursor.result_type.kind == TypeKind.VOID
        statements = list(self.body.get_children()) if self.body else []
        self._last = statements[-1].extent.start.offset if statements else 0
        if self.is_lambda:  # libclang does not tell what it returns
            text = source.slice(self._last, cursor.extent.end.offset)
            self.is_void = re.search(r"\breturn\s+[^;]", head + text) is None

    def ends_with(self, offset: int) -> bool:
        """Whether the function ends with the statement at this offset, or one around it."""
        return offset >= self._last


def is_bool(kind: TypeKind) -> bool:
    return kind == TypeKind.BOOL


def bare(cursor: Cursor) -> Cursor:
    """Without the casts and parentheses around it."""
    while cursor.kind in (CursorKind.UNEXPOSED_EXPR, CursorKind.PAREN_EXPR):
        children = list(cursor.get_children())
        if len(children) != 1:
            break
        cursor = children[0]
    return cursor


class Parsed:
    """A file: where things are, which of them macros made, and what is an operator."""

    def __init__(self, source: Source, unit: TranslationUnit):
        self.source = source
        self.path = unit.spelling
        self.top = list(self.own(unit.cursor))
        self.macros = [self.bounds(c) for c in self.top
                       if c.kind == CursorKind.MACRO_INSTANTIATION]

    def own(self, cursor: Cursor) -> Iterator[Cursor]:
        for child in cursor.get_children():
            file = child.location.file
            if file is not None and file.name == self.path:
                yield child

    @staticmethod
    def bounds(cursor: Cursor) -> tuple[int, int]:
        return cursor.extent.start.offset, cursor.extent.end.offset

    def text(self, cursor: Cursor) -> str:
        return self.source.slice(*self.bounds(cursor))

    def in_macro(self, start: int, end: int, whole: bool) -> bool:
        """Whether a macro made it; `whole` allows for exactly what one macro made."""
        return any(
            m_start <= start < m_end or m_start < end <= m_end
            for m_start, m_end in self.macros
            if not (whole and start <= m_start and m_end <= end)
        )

    def is_in_one_macro(self, cursor: Cursor) -> bool:
        start, end = self.bounds(cursor)
        return cursor.kind in FUNCTIONS and any(s <= start and end <= e for s, e in self.macros)

    def operator(self, cursor: Cursor) -> tuple[str, Cursor, Cursor] | None:
        """The operator of a binary expression, built in or overloaded, and its operands."""
        while cursor.kind == CursorKind.UNEXPOSED_EXPR:
            children = list(cursor.get_children())
            if len(children) != 1:
                return None
            cursor = children[0]
        if self.is_rewritten(cursor):
            return self.operator(next(cursor.get_children()))
        if cursor.kind not in (CursorKind.BINARY_OPERATOR, CursorKind.CALL_EXPR):
            return None
        children = sorted(cursor.get_children(), key=self.bounds)
        if len(children) < 2:
            return None
        left, right = children[0], children[-1]
        between = self.source.slice(left.extent.end.offset, right.extent.start.offset)
        return one_line(between), left, right

    def is_rewritten(self, cursor: Cursor) -> bool:
        """a != b as !(a == b), which C++20 makes of it."""
        start = cursor.extent.start.offset
        return (cursor.kind == CursorKind.UNARY_OPERATOR and
                self.source.text[start:start + 2] == b"!=")
