"""What the probe has seen, as lines to compare: pids, inode numbers and mount ids are left out."""

import ast
import os
import re

# Of /proc/self/status. Names of processes and counts of memory are nobody's business.
STATUS = (
    "Uid Gid Groups NoNewPrivs Seccomp Seccomp_filters SigBlk SigIgn CapInh CapPrm CapEff CapBnd "
    "CapAmb Umask"
).split()


def unescape(path):
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), path)


class Mount:
    def __init__(self, line):
        fields, _, rest = line.partition(" - ")
        number, parent, _, root, point, options, *tags = fields.split()
        self.number, self.parent = int(number), int(parent)
        # Content from a descriptor lies in a file without a place of its own.
        root = re.sub(r"^/(bindfile\w+//deleted|content-\d+)$", "content", root)
        self.root, self.point = unescape(root), unescape(point)
        self.options = options
        self.propagation = ",".join(sorted(re.sub(r":\d+", "", tag) for tag in tags)) or "private"
        kind, source, of_superblock = (rest.split(" ") + [""])[:3]
        if source in (kind, "none"):  # not a device; any name does
            source = "-"
        settings = sorted(of_superblock.split(","))
        if kind == "tmpfs":  # the mode is seen at its root
            settings = [setting for setting in settings if not setting.startswith("mode=")]
        self.kind = f"{kind} {source} {','.join(settings)}"

    def __str__(self):
        return f"{self.point} {self.options} {self.propagation} {self.kind} root={self.root}"

    def covers(self, other):
        """Whether a sibling is behind this one: its mount point is below ours."""
        return other.point.startswith(self.point.rstrip("/") + "/")


def visible_mounts(text):
    """The mounts that a path can lead to, as lines."""
    mounts = [Mount(line) for line in text.splitlines()]
    children = {}
    for mount in mounts:
        children.setdefault(mount.parent, []).append(mount)
    numbers = {mount.number for mount in mounts}
    seen = []

    def add(mount):
        below = [child for child in children.get(mount.number, []) if child is not mount]
        for child in below:
            if child.point == mount.point:  # stacked upon it
                return add(child)
        seen.append(str(mount))
        for child in below:
            if not any(other is not child and other.covers(child) for other in below):
                add(child)

    for mount in mounts:
        if mount.parent not in numbers or mount.parent == mount.number:
            add(mount)
    return sorted(seen)


def of_process(name, view, caller):
    """A pid that is the same in every run."""
    number = view[name]
    if number == caller:
        return "the caller's"
    if name != "pid" and number == view["pid"]:
        return "its own"
    return str(number) if number < 100 else "another's"


def identity(texts):
    found = dict(line.split(":", 1) for line in texts["status"].splitlines() if ":" in line)
    lines = [f"{name}: {' '.join(found.get(name, '?').split())}" for name in STATUS]
    for name in ("uid_map", "gid_map", "setgroups"):
        lines.append(f"{name}: {' '.join(texts[name].split())}")
    return lines


def namespaces(found, net):
    lines = []
    for kind, link in found.items():
        try:
            same = os.readlink(f"/proc/self/ns/{kind}") == link
        except OSError:
            same = False
        lines.append(f"{kind}: {'shared' if same else 'new' if ':[' in link else link}")
    interfaces = re.findall(r"^ *([^ :|]+):", net, re.MULTILINE)
    return lines + [f"interfaces: {' '.join(sorted(interfaces))}"]


def lines_of(text, caller):
    """Facts by their kinds, of what the probe has printed."""
    view = ast.literal_eval(text)
    texts = view["texts"]
    return {
        "mounts": visible_mounts(texts["mountinfo"]) if " - " in texts["mountinfo"] else ["?"],
        "files": view["files"],
        "identity": identity(texts),
        "namespaces": namespaces(view["namespaces"], texts["net/dev"]),
        "environment": sorted(texts["environ"].split("\0")),
        "limits": [" ".join(line.split()) for line in texts["limits"].splitlines()]
        + texts["cgroup"].splitlines(),
        "descriptors": [
            f"{number}: {re.sub(r'[0-9]+', 'N', link) if ':[' in link else link}"
            for number, link in sorted(view["descriptors"].items())
        ],
        "process": [
            f"{name}: {of_process(name, view, caller)}"
            for name in ("pid", "ppid", "group", "session")
        ]
        + [f"{name}: {view[name]}" for name in ("cwd", "hostname", "priority")],
    }
