"""Two options for the same place, or for one within the other, in every order."""

import itertools

from case import Case

PIECES = (
    "--tmpfs {}",
    "--dir {}",
    "--bind $S/dir {}",
    "--ro-bind $S/dir {}",
    "--perms 0700 --dir {}",
    "--dev {}",
    "--remount-ro {}",
    "--chmod 0711 {}",
)
PLACES = ("/x", "/x/sub", "/x/new")
CASES = [
    Case(f"--tmpfs /x {first.format('/x')} {second.format(place)}")
    for first, second in itertools.product(PIECES, repeat=2)
    for place in PLACES[: 3 if first[2] in "tbr" and first != "--remount-ro {}" else 2]
]
