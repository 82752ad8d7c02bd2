#!/usr/bin/python3 -B
"""Runs a command line of bubblewrap as a file of options: `kekkai convert`, then `kekkai run`."""
import os
import subprocess
import sys

kekkai = os.path.join(os.environ["KEKKAI_BIN"], "kekkai")
converted = subprocess.run(
    [kekkai, "convert", "--bwrap", *sys.argv[1:]],
    close_fds=False,
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
    check=False,
)
if converted.returncode:
    sys.exit("bwrap: not converted")
config = os.memfd_create("config", 0)
os.write(config, converted.stdout)
os.execv(kekkai, [kekkai, "run", "--config", f"/proc/self/fd/{config}"])
