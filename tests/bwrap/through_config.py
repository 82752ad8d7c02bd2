#!/usr/bin/python3 -B
"""Runs a command line of bubblewrap as a file of options: `kekkai convert`, then `kekkai run`.

    through_config.py KEKKAI WORD...
"""
import os
import subprocess
import sys

kekkai, *words = sys.argv[1:]
converted = subprocess.run(
    [kekkai, "convert", "--bwrap", *words],
    close_fds=False,
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
    check=False,
)
if converted.returncode not in (0, 1):  # 1: something is left out
    sys.exit("bwrap: not converted")
config = os.memfd_create("config", 0)
os.write(config, converted.stdout)
os.execv(kekkai, [kekkai, "run", "--config", f"/proc/self/fd/{config}"])
