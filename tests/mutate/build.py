"""A copy of the sources with the switches of all mutants in it, and the tests built from it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from multiprocessing import Pool
from pathlib import Path

from find import find_mutants
from mutants import Mutant, Source

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutate"
SOURCE = WORK / "source"
BINARY = WORK / "build"
MUTATED = ("ops", "init")
OPTIONS = (
    "-G", "Ninja",
    # A mutant may make any warning true.
    "-DCMAKE_CXX_FLAGS=-O1 -w -Wno-narrowing",
    "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
)


def say(text: str) -> None:
    print(f"mutate: {text}", file=sys.stderr, flush=True)


def sources() -> list[str]:
    """Files that are mutated, relative to the root."""
    return sorted(
        str(path.relative_to(ROOT)) for folder in MUTATED for path in (ROOT / folder).glob("*.cpp")
    )


def write(path: Path, text: bytes) -> None:
    """Only where it says something new: everything that is older is built already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != text:
        path.write_bytes(text)


def mirror() -> None:
    """Links to everything, but copies of what is mutated."""
    SOURCE.mkdir(parents=True, exist_ok=True)
    for path in ROOT.iterdir():
        link = SOURCE / path.name
        if path.name in (*MUTATED, "build", ".git") or link.is_symlink():
            continue
        link.symlink_to(path)
    for folder in MUTATED:
        for path in (ROOT / folder).iterdir():
            if path.suffix != ".cpp":
                write(SOURCE / folder / path.name, path.read_bytes())
            elif not (SOURCE / folder / path.name).exists():
                write(SOURCE / folder / path.name, b"")  # until it is mutated


def configure() -> None:
    options = [*OPTIONS]
    for program, option in (("ccache", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"),
                            ("ld.lld", "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld")):
        if subprocess.run(["which", program], capture_output=True, check=False).returncode == 0:
            options.append(option)
    say("configuring")
    subprocess.run(["cmake", "-S", SOURCE, "-B", BINARY, *options], check=True,
                   stdout=subprocess.DEVNULL)


def compiler_arguments() -> dict[str, list[str]]:
    """Of each mutated file: definitions, include folders and the standard."""
    commands = json.loads((BINARY / "compile_commands.json").read_text())
    found = {}
    for entry in commands:
        words = shlex.split(entry["command"])
        kept = [w for w in words if w.startswith(("-D", "-I", "-std="))]
        for flag, folder in zip(words, words[1:]):
            if flag == "-isystem":
                kept += [flag, folder]
        found[os.path.relpath(entry["file"], SOURCE)] = kept
    return found


def _find(job: tuple[str, list[str]]) -> Source:
    file, arguments = job
    source = Source(file, (ROOT / file).read_bytes())
    find_mutants(source, str(ROOT / file), arguments)
    return source


def mutate() -> list[Mutant]:
    """Writes the sources with all mutants, and returns these."""
    mirror()
    configure()
    arguments = compiler_arguments()
    say("looking for what can be changed")
    with Pool() as pool:
        found = pool.map(_find, [(file, arguments[file]) for file in sources()], chunksize=1)
    # What reaches beyond the end of a container is noticed, and not a matter of luck.
    header = f'#define _GLIBCXX_ASSERTIONS 1\n#include "{SOURCE}/tests/mutate/mutant.h"\n'
    all_mutants: list[Mutant] = []
    for source in found:
        rendered, mutants = source.numbered(len(all_mutants))
        all_mutants += mutants
        write(SOURCE / source.file, (header + rendered).encode())
    return all_mutants


def build() -> Path:
    """Returns the test program."""
    log = WORK / "build.log"
    say("building")
    with log.open("wb") as out:
        done = subprocess.run(["ninja", "-C", BINARY, "unit_tests"], stdout=out,
                              stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise SystemExit(f"mutate: the build failed; the log is {log}")
    return BINARY / "bin" / "unit_tests"
