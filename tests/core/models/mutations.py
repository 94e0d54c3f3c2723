"""Imports a series of mutations of a good file in a process confined as in use, and prints what became of them.

    python -m tests.core.models.mutations FORMAT FIRST COUNT FOLDER

Mutation number n is always the same one. The last line is a JSON object: how many were accepted and refused, by
code, and `wrong`: what must not happen (another error, something left behind, a suspect audit event).
"""

import collections
import json
import logging
import random
import sys
import zipfile
from pathlib import Path

from siapp.core.models import confine

_BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFF)


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One to four changes: bytes flipped or set, slices removed, doubled, moved, or numbers made extreme."""
    changed = bytearray(data)
    for _time in range(chance.randint(1, 4)):
        if not changed:
            break
        place, length = chance.randrange(len(changed)), chance.choice((1, 1, 2, 4, 8, 64))
        match chance.randrange(6):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place] = chance.choice(_BYTES)
            case 2:
                del changed[place : place + length]
            case 3:
                changed[place:place] = changed[place : place + length]
            case 4:
                changed[place : place + length] = chance.randbytes(length)
            case _:
                changed[place : place + 4] = chance.choice((b"\xff\xff\xff\x7f", b"\xff" * 4, b"\0" * 4))
    return bytes(changed)


def mutant(kind: str, number: int, path: Path) -> Path:
    """Mutation `number` of the good file of a format; two of three inside a member, with a right checksum."""
    from tests.core.models.support import GOOD

    chance = random.Random(f"{kind} {number}")
    good = GOOD[kind]
    if kind == "onnx" or number % 3 == 0:
        path.write_bytes(mutate(good.read_bytes(), chance))
    else:
        _mutate_member(good, path, chance)
    return path


def _mutate_member(good: Path, path: Path, chance: random.Random) -> None:
    from tests.core.models.support import rewrite

    with zipfile.ZipFile(good) as archive:
        telling = [name for name in archive.namelist() if name.endswith((".pkl", ".xml"))]
        # Mostly what says how the network is built, sometimes the bare numbers or the metadata.
        chosen = chance.choice(telling if chance.random() < 0.85 else archive.namelist())
    rewrite(good, path, lambda name, data: mutate(data, chance) if name == chosen else data)


def _warm_up(folder: Path) -> None:
    from tests.core.models.support import GOOD, artefact

    for kind, source in GOOD.items():
        (folder / kind).mkdir()
        artefact(source, folder / kind)


def _fate(source: Path, target: Path) -> tuple[str, list[str]]:
    """What became of one file: a code or "accepted", and what was wrong about that."""
    from siapp.core.errors import WeightsRejected
    from tests.core.models.support import artefact, assert_clear, watching

    with watching(target) as watch:
        try:
            artefact(source, target)
        except WeightsRejected as error:
            assert_clear(error)
            left = [f"left behind: {path.name}" for path in target.iterdir()]
            return error.code, watch.seen + left
    for path in list(target.iterdir()):
        path.unlink()
    return "accepted", watch.seen


def main(kind: str, first: int, count: int, folder: Path) -> None:
    confine.confine(confine.RECOMMENDED_MEMORY_BYTES, 1800, folder)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    _warm_up(folder)
    target = folder / "target"
    target.mkdir()
    fates: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    for number in range(first, first + count):
        print(f"{kind} {number}", flush=True)
        fate, problems = _fate(mutant(kind, number, folder / "mutant"), target)
        fates[fate] += 1
        wrong += [f"{number}: {problem}" for problem in problems]
    print(json.dumps({"fates": fates, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
