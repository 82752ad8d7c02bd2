"""Finds what can be changed in a C++ file, with libclang."""

from __future__ import annotations

from clang.cindex import Cursor, CursorKind, Index, TranslationUnit

from constants import make_functions
from mutants import Source
from parsed import FIXED, FUNCTIONS, Function, Parsed, bare, is_bool

FLAG_ENUMS = {"MountAttr", "Open", "Resolve"}
COMPARISONS = {
    "<": ("<=", "less"),
    "<=": ("<", "less_or_equal"),
    ">": (">=", "greater"),
    ">=": (">", "greater_or_equal"),
}
LOOPS = {CursorKind.WHILE_STMT, CursorKind.FOR_STMT, CursorKind.CXX_FOR_RANGE_STMT}


class Finder(Parsed):
    """Walks one file and puts its mutants into a Source."""

    def __init__(self, source: Source, unit: TranslationUnit):
        super().__init__(source, unit)
        self.constants = make_functions(self)
        self.done: set[tuple[int, int, str]] = set()

    # ------------------------------------------------------------------------------------ mutants

    def mutate(self, cursor: Cursor, changed: str, before: str, after: str) -> None:
        start, end = self.bounds(cursor)
        self.mutate_text(start, end, changed, before, after)

    def mutate_text(self, start: int, end: int, changed: str, before: str, after: str) -> None:
        if (start, end, changed) in self.done:
            return
        self.done.add((start, end, changed))
        number = self.source.add(start, end, changed)
        self.source.wrap(start, end, before.replace("#", f"MUTANT{number}"), after)

    def negate(self, cursor: Cursor) -> None:
        """Flips a condition, but where its own operator is turned around anyway."""
        start, end = self.bounds(cursor)
        inner = bare(cursor)
        found = self.operator(cursor)
        text = self.text(cursor)
        if self.in_macro(start, end, whole=True) or (found and found[0] in ("==", "!=")):
            return
        if (inner.kind == CursorKind.UNARY_OPERATOR and text.startswith("!")) or text in (
            "true", "false"
        ):
            return
        self.mutate(cursor, f"!({text})", "(mutation::on(#) != static_cast<bool>(", "))")

    def visit_operator(self, cursor: Cursor) -> list[Cursor] | None:
        """The operands, where it is an operator that can be another."""
        found = self.operator(cursor)
        if found is None or self.in_macro(*self.bounds(cursor), whole=True):
            return None
        sign, left, right = found
        if self.bounds(cursor) in self.macros:
            return None
        a, b = self.text(left), self.text(right)
        if sign in ("&&", "||"):
            self.swap_and_or(cursor, sign, left, right)
        elif sign in ("==", "!="):
            other = "!=" if sign == "==" else "=="
            self.mutate(cursor, f"{a} {other} {b}", "(mutation::on(#) != (", "))")
        elif sign in COMPARISONS:
            other, function = COMPARISONS[sign]
            self.mutate(cursor, f"{a} {other} {b}", f"mutation::{function}(#, ", ")")
            self.source.replace(left.extent.end.offset, right.extent.start.offset, ", ")
        elif sign == "|":
            for operand in (left, right):
                inner = self.operator(operand)
                if inner is None or inner[0] != "|":
                    self.drop_flag(operand)
        else:
            return None
        return [left, right]

    def swap_and_or(self, cursor: Cursor, sign: str, left: Cursor, right: Cursor) -> None:
        """By De Morgan's laws: a || b is !(!a && !b)."""
        start, end = self.bounds(cursor)
        other = "||" if sign == "&&" else "&&"
        number = self.source.add(start, end, f"{self.text(left)} {other} {self.text(right)}")
        self.source.wrap(start, end, f"(mutation::on(MUTANT{number}) != (", "))")
        for operand in (left, right):
            self.source.wrap(*self.bounds(operand),
                             f"(mutation::on(MUTANT{number}) != static_cast<bool>(", "))")

    def drop_flag(self, cursor: Cursor) -> None:
        constant = bare(cursor).referenced
        if constant is not None and constant.kind == CursorKind.ENUM_CONSTANT_DECL:
            if constant.enum_value == 0:
                return
        if not self.in_macro(*self.bounds(cursor), whole=True):
            self.mutate(cursor, "0", "mutation::flag(#, ", ")")

    def visit_leaf(self, cursor: Cursor) -> None:
        text = self.text(cursor)
        bounds = self.bounds(cursor)
        if self.in_macro(*bounds, whole=True) or bounds in self.macros:
            return
        if cursor.kind == CursorKind.INTEGER_LITERAL:
            if not text[:1].isdigit():  # the 0 that a <=> is compared with
                return
            self.mutate(cursor, f"{text} + 1", "mutation::one_more(#, ", ")")
        elif cursor.kind == CursorKind.CXX_BOOL_LITERAL_EXPR:
            other = "false" if text == "true" else "true"
            self.mutate(cursor, other, "(mutation::on(#) != ", ")")
        elif cursor.kind == CursorKind.UNARY_OPERATOR and text.startswith("!"):
            self.mutate(cursor, text[1:].strip(), "(mutation::on(#) != (", "))")
        elif cursor.kind == CursorKind.CONDITIONAL_OPERATOR:
            self.negate(next(cursor.get_children()))
        elif cursor.kind == CursorKind.DECL_REF_EXPR:
            self.visit_reference(cursor)

    def visit_reference(self, cursor: Cursor) -> None:
        target = cursor.referenced
        if target is None:
            return
        if target.kind == CursorKind.ENUM_CONSTANT_DECL:
            if target.semantic_parent.spelling in FLAG_ENUMS:
                self.drop_flag(cursor)
        elif target.hash in self.constants:
            self.source.wrap(*self.bounds(cursor), "", "()")

    # --------------------------------------------------------------------------------- statements

    def drop(self, cursor: Cursor, function: Function) -> None:
        """Leaves out an expression, a throw, a return, a break or a continue."""
        start, end = self.bounds(cursor)
        text = self.text(cursor)
        semicolon = self.source.text.index(b";", end) + 1
        if function.is_constexpr or self.in_macro(start, semicolon, whole=True):
            return
        if text.startswith("throw") and function.is_noreturn:
            return
        before, after = "{ if (!mutation::on(#)) { ", " } }"
        if function.ends_with(start) and not function.is_void:
            if not text.startswith(("throw", "fail(", "refuse(")) or function.is_lambda:
                return
            before, after = "{ if (mutation::on(#)) return {}; ", " }"
        self.mutate_text(start, semicolon, "", before, after)

    def visit_return(self, cursor: Cursor, function: Function) -> None:
        values = list(cursor.get_children())
        if values and not function.is_constexpr:
            value = values[0]
            if function.is_bool or (function.is_lambda and is_bool(value.type.kind)):
                self.negate(value)
            elif function.is_void and not self.in_macro(*self.bounds(value), whole=True):
                self.mutate(value, "", "mutation::on(#) ? void() : ", "")
        if not function.ends_with(cursor.extent.start.offset):
            self.drop(cursor, function)

    def parts(self, cursor: Cursor) -> tuple[list[Cursor], list[Cursor]]:
        """Of an if, a while or a for: what is in its parentheses, and what comes after them."""
        start = cursor.extent.start.offset
        depth, at = 0, self.source.text.index(b"(", start)
        while True:
            depth += {b"(": 1, b")": -1}.get(self.source.text[at:at + 1], 0)
            at += 1
            if depth == 0:
                break
        inside = [c for c in cursor.get_children() if c.extent.start.offset < at]
        return inside, [c for c in cursor.get_children() if c.extent.start.offset >= at]

    def visit_condition(self, cursor: Cursor) -> None:
        inside, _ = self.parts(cursor)
        if cursor.kind == CursorKind.CXX_FOR_RANGE_STMT:
            return
        if self.text(cursor).startswith("if constexpr"):
            return
        declarations = [self.bounds(c) for c in inside if not c.kind.is_expression()]
        conditions = [c for c in inside if c.kind.is_expression()
                      and not any(s <= c.extent.start.offset < e for s, e in declarations)]
        if cursor.kind == CursorKind.FOR_STMT:
            conditions = [c for c in conditions if self.source.text[c.extent.end.offset:]
                          .lstrip().startswith(b";")]
        if conditions:
            self.negate(conditions[-1])

    def statements(self, cursor: Cursor) -> list[Cursor]:
        """Those children that are statements of their own."""
        if cursor.kind == CursorKind.COMPOUND_STMT:
            return list(cursor.get_children())
        if cursor.kind in LOOPS or cursor.kind == CursorKind.IF_STMT:
            return self.parts(cursor)[1]
        if cursor.kind in (CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT):
            return list(cursor.get_children())[-1:]
        return []

    # --------------------------------------------------------------------------------------- walk

    def walk(self, cursor: Cursor, function: Function | None) -> None:
        if cursor.kind in FIXED or self.is_in_one_macro(cursor):
            return
        if cursor.kind in FUNCTIONS:
            function = Function(cursor, self.source)
        if cursor.kind in (CursorKind.VAR_DECL, CursorKind.FIELD_DECL):
            self.walk_variable(cursor, function)
            return
        if function is not None and not function.is_constexpr:
            if cursor.kind in LOOPS or cursor.kind == CursorKind.IF_STMT:
                self.visit_condition(cursor)
            for statement in self.statements(cursor):
                self.visit_statement(statement, function)
            if cursor.kind == CursorKind.RETURN_STMT:
                self.visit_return(cursor, function)
        operands = self.visit_operator(cursor)
        if operands is None:
            self.visit_leaf(cursor)
            operands = self.children(cursor)
        for operand in operands:
            self.walk(operand, function)

    def visit_statement(self, cursor: Cursor, function: Function) -> None:
        if cursor.kind.is_expression() or cursor.kind in (
            CursorKind.BREAK_STMT, CursorKind.CONTINUE_STMT
        ):
            self.drop(cursor, function)

    @staticmethod
    def children(cursor: Cursor) -> list[Cursor]:
        found = list(cursor.get_children())
        return found[-1:] if cursor.kind == CursorKind.CASE_STMT else found

    def walk_variable(self, cursor: Cursor, function: Function | None) -> None:
        """Not the type: what is in it has to be known to the compiler."""
        if cursor.kind == CursorKind.FIELD_DECL and "[" in self.text(cursor):
            return
        for child in cursor.get_children():
            if child.extent.start.offset >= cursor.location.offset:
                self.walk(child, function)


def find_mutants(source: Source, path: str, arguments: list[str]) -> None:
    """Puts every mutant of the file at `path` into `source`."""
    unit = Index.create().parse(
        path, arguments, options=TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
    errors = [str(d) for d in unit.diagnostics if d.severity >= 3]
    if errors:
        raise RuntimeError("libclang: " + "; ".join(errors))
    finder = Finder(source, unit)
    for child in finder.top:
        finder.walk(child, None)
