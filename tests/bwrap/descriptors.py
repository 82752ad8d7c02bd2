"""The descriptors that a command line is given: the same numbers in every run."""

import os
import subprocess

from case import CONTENTS, FIRST_DESCRIPTOR

MAP = "--map-current-user" if os.geteuid() else "--map-root-user"


def content_of(word):
    if word.startswith("{"):
        return CONTENTS[word[1:-1]]
    return word.encode().decode("unicode_escape").encode()


class Namespaces:
    """A process in namespaces of its own, and another one within: there to be joined."""

    def __init__(self):
        shell = f"echo up; exec unshare --user {MAP} sh -c 'echo $$; read line'"
        command = ["unshare", "--user", MAP, "--pid", "--fork", "--kill-child"]
        self.outer = subprocess.Popen(
            command + ["sh", "-c", shell],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.outer.stdout.readline()
        self.outer.stdout.readline()
        with open(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children") as children:
            self.inner = int(children.read().split()[0])
        self.renamed = subprocess.Popen(  # where nobody is root
            ["unshare", "--user", "--map-user=5", "--map-group=5", "sh", "-c", "echo up; read line"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.renamed.stdout.readline()

    def open(self, name):
        path = {
            "renamed": f"{self.renamed.pid}/ns/user",
            "user": f"{self.outer.pid}/ns/user",
            "nested": f"{self.inner}/ns/user",
            "pid": f"{self.outer.pid}/ns/pid_for_children",
        }[name]
        return os.open(f"/proc/{path}", os.O_RDONLY)

    def close(self):
        for process in self.outer, self.renamed:
            process.stdin.close()  # the shell's read ends, and with it everything
            process.wait()
            process.stdout.close()


class Descriptors:
    """Replaces the words that stand for descriptors by their numbers."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.given = []  # numbers that the program gets
        self.redirections = []  # how a shell would make them
        self.outputs = {}  # name: a descriptor of ours to read from
        self.ends = {}  # name: our end of a pipe
        self.namespaces = None

    def give(self, descriptor, redirection):
        number = FIRST_DESCRIPTOR + len(self.given)
        os.dup2(descriptor, number, inheritable=True)
        os.close(descriptor)
        self.given.append(number)
        self.redirections.append(f"{number}{redirection}")
        return str(number)

    def memory(self, content):
        descriptor = os.memfd_create("content")
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def replace(self, word):
        """A number for a word that stands for a descriptor, and every other word as it is."""
        kind, rest = word[:1], word[1:]
        if len(word) < 2 or "\n" in word or kind not in "<|>=^@":
            return word.replace("$S", self.scratch)
        if kind == "<":
            return self.give(self.memory(content_of(rest)), f"< <(printf %b {rest!r})")
        if kind == "|":
            reading, writing = os.pipe()
            os.write(writing, content_of(rest))
            os.close(writing)
            return self.give(reading, f"< <(printf %b {rest!r})")
        if kind == ">":
            self.outputs[rest] = self.memory(b"")
            return self.give(os.dup(self.outputs[rest]), f">{rest}")
        if kind == "=":
            path = rest.replace("$S", self.scratch)
            return self.give(os.open(path, os.O_PATH), f"<{path}")
        if kind == "@":
            self.namespaces = self.namespaces or Namespaces()
            return self.give(self.namespaces.open(rest), f"</proc/…/ns/{rest}")
        direction, name = rest.split(":")
        reading, writing = os.pipe()
        self.ends[name], theirs = (writing, reading) if direction == "r" else (reading, writing)
        return self.give(theirs, f"<>{name}")

    def release(self):
        """What the program was given is the program's alone from now on."""
        for number in self.given:
            os.close(number)
        self.given = []

    def written(self):
        """What was written to each output."""
        found = {}
        for name, descriptor in self.outputs.items():
            os.lseek(descriptor, 0, os.SEEK_SET)
            with open(os.dup(descriptor), encoding="utf-8", errors="replace") as file:
                found[name] = file.read()
        return found

    def close(self):
        for descriptor in (*self.given, *self.outputs.values(), *self.ends.values()):
            os.close(descriptor)
        if self.namespaces:
            self.namespaces.close()
