"""Runs cases under bubblewrap and under Kekkai, and tells what differs.

    tree_test                       all cases of this file, as root or as an ordinary user
    tree_test --only='*--tmpfs*'    those whose command line is like this
    tree_test --tested bwrap        another program in Kekkai's place
    tree_test --list                the command lines, with what each runs in
"""
import argparse
import concurrent.futures
import fnmatch
import os
import re
import sys
import tempfile
from collections import Counter
from itertools import repeat

from differences import intended_end, pass_over
from run import command_to_paste, run_case

REFERENCE = ["/usr/bin/bwrap"]
AT_ONCE = 2
SKIP = 77
SHOWN = 12  # lines of one kind of fact that differ
COMMON = 30  # of a count


def tested_program():
    """The command that this build is bubblewrap by."""
    return [os.path.join(os.environ.get("KEKKAI_BIN", ""), "kekkai-bwrap")]


def skip_without_reference():
    if not os.access(REFERENCE[0], os.X_OK):
        print("there is no bwrap")
        sys.exit(SKIP)


def who_runs():
    return "user" if os.geteuid() else "root"


def sides(kind, reference, ours):
    """The lines that only one side has."""
    missing = Counter(reference) - Counter(ours)
    added = Counter(ours) - Counter(reference)
    lines = [f"      bubblewrap  {line}" for line in missing.elements()]
    lines += [f"      kekkai      {line}" for line in added.elements()]
    if not lines:
        lines = [f"      the order: bubblewrap {reference}, kekkai {ours}"]
    if len(lines) > SHOWN:
        lines = lines[:SHOWN] + [f"      … and {len(lines) - SHOWN} lines more"]
    return [f"    {kind}:", *lines]


def without(pattern, lines):
    return [line for line in lines if not re.search(pattern, line)]


def differences(case, reference, ours, strict=False, ignored=""):
    """The report of one case, empty where both agree; and which differences were meant."""
    report, used = [], []
    words = case.words()
    end = intended_end(case.options, reference["exit"], ours["exit"])
    if end and not strict:
        return [], [end]
    kinds = set(reference) | set(ours)
    if ("mounts" in reference) != ("mounts" in ours):  # the probe ran in one of them only
        kinds = set(reference) & set(ours)
    for kind in sorted(kinds):
        theirs, own = reference.get(kind, []), ours.get(kind, [])
        if not strict:
            theirs, own, passed = pass_over(kind, theirs, own, words, who_runs())
            used += passed
        if ignored:
            theirs, own = (without(ignored, lines) for lines in (theirs, own))
        if theirs != own:
            report += sides(kind, theirs, own)
    return report, used


def compare(case, program, ignored):
    """In a process of its own, whose descriptors are its own."""
    folder = os.path.join(tempfile.gettempdir(), f"bwrap-{os.getpid()}")
    try:
        reference, said = run_case(case, REFERENCE, folder)
        ours, also_said = run_case(case, program, folder)
    except Exception as error:  # pylint: disable=broad-except
        return f"  {case}\n    the test itself failed: {error!r}", "", []
    report, used = differences(case, reference, ours, ignored=ignored)
    if not report:
        return "", "", used
    missing = next((line for line in also_said.splitlines() if " not supported" in line), "")
    told = [f"  {case}", f"    {command_to_paste(program, case)}", *report]
    if said or also_said:
        told.append(f"    said by bubblewrap: {said.rstrip()!r}")
        told.append(f"    said by kekkai:     {also_said.rstrip()!r}")
    return "\n".join(told), missing, used


def parse_arguments(name):
    parser = argparse.ArgumentParser(description=f"{name}: bubblewrap and Kekkai compared")
    parser.add_argument("--tested", nargs="+", metavar="WORD", help="the program to compare")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="some command lines")
    parser.add_argument("--ignore", default="", metavar="REGEX", help="lines that do not count")
    parser.add_argument("--list", action="store_true", help="show the command lines only")
    return parser.parse_args()


def chosen(all_cases, pattern):
    mine = [case for case in all_cases if case.who in ("both", who_runs())]
    return [case for case in mine if fnmatch.fnmatch(str(case), pattern)]


def print_counts(title, counts):
    if counts:
        print(f"{title}:")
    for text, count in counts.most_common(COMMON):
        print(f"{count:6}  {text}")


def main(name, all_cases):
    arguments = parse_arguments(name)
    selected = chosen(all_cases, arguments.only)
    if arguments.list:
        print(*selected, sep="\n")
        sys.exit()
    skip_without_reference()
    program = arguments.tested or tested_program()
    failed, unsupported, used, lines = 0, Counter(), Counter(), Counter()
    with concurrent.futures.ProcessPoolExecutor(AT_ONCE) as pool:
        results = pool.map(compare, selected, repeat(program), repeat(arguments.ignore))
        for report, missing, passed in results:
            used.update({difference.reason for difference in passed})
            if missing:
                unsupported[missing] += 1
            elif report:
                failed += 1
                lines.update(line.strip() for line in re.findall("^ {6}.*", report, re.MULTILINE))
                print(report, flush=True)
    print(f"{len(selected)} command lines: {failed} differ, {unsupported.total()} not supported")
    print_counts("differ as they are meant to", used)
    print_counts("not supported", unsupported)
    print_counts("the lines that differ most often", lines)
    sys.exit(1 if failed else 0)
