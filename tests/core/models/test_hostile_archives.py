"""Archives that reach outside themselves or unpack to far more than they are: refused before anything is opened."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.models.support import GOOD, artefact, refusal, rewrite, watching

pytestmark = pytest.mark.usefixtures("warm")


def _members(kind: str) -> dict[str, bytes]:
    with zipfile.ZipFile(GOOD[kind]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _add(path: Path, name: str, data: bytes = b"x", mode: int = 0, packed: int = zipfile.ZIP_STORED) -> None:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    entry.compress_type = packed
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, data)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "traversal": lambda path: _add(path, "../../outside.bin"),
    "traversal inside": lambda path: _add(path, "a/../../outside.bin"),
    "absolute": lambda path: _add(path, "/etc/cron.d/outside"),
    "backslashes": lambda path: _add(path, "..\\outside.bin"),
    "drive": lambda path: _add(path, "C:outside.bin"),
    "symbolic link": lambda path: _add(path, "model/link.bin", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "bomb": lambda path: _add(path, "bomb.bin", bytes(64 << 20), packed=zipfile.ZIP_DEFLATED),
    "unknown compression": lambda path: _add(path, "extra.bin", bytes(999), packed=zipfile.ZIP_LZMA),
    "many entries": lambda path: _fill(path, 20_001),
}


def _fill(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(count):
            archive.writestr(f"e{number}", b"")


@pytest.mark.parametrize("kind", ["pt", "openvino"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_unopened(name: str, kind: str, tmp_path: Path, target: Path) -> None:
    source = tmp_path / "archive.zip"
    source.write_bytes(GOOD[kind].read_bytes())
    HOSTILE[name](source)
    before = set(tmp_path.iterdir())
    with watching(target) as watch:
        assert refusal(source, target).code in {"archive_unsafe", "archive_too_large"}
    assert watch.seen == [] and set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", ["pt", "openvino"])
def test_a_name_twice_is_refused(kind: str, tmp_path: Path, target: Path) -> None:
    """Two readers could take different ones."""
    source = tmp_path / "archive.zip"
    source.write_bytes(GOOD[kind].read_bytes())
    name = next(iter(_members(kind)))
    with pytest.warns(UserWarning, match="Duplicate"):
        _add(source, name)
    assert refusal(source, target).code == "archive_unsafe"


def test_members_over_one_another_are_refused(tmp_path: Path, target: Path) -> None:
    """The quoted-overlap bomb: every directory entry points at the same bytes."""
    source = tmp_path / "archive.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.xml", b"<net/>" * 99)
        archive.writestr("model.bin", b"<net/>" * 99)
    data = bytearray(source.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    source.write_bytes(data)
    assert refusal(source, target).code == "archive_unsafe"


def test_a_size_that_lies_is_refused(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "archive.zip"
    source.write_bytes(GOOD["openvino"].read_bytes())
    data = bytearray(source.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 7)
    source.write_bytes(data)
    assert refusal(source, target).code == "damaged"


def test_an_encrypted_archive_is_refused(tmp_path: Path, target: Path) -> None:
    data = bytearray(GOOD["openvino"].read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 8] |= 1
    source = tmp_path / "archive.zip"
    source.write_bytes(data)
    assert refusal(source, target).code == "archive_unsafe"


def test_compressed_members_are_no_checkpoint(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "weights.pt"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _members("pt").items():
            archive.writestr(name, data)
    assert refusal(source, target).code == "damaged"


def test_torchscript_is_refused_by_name(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "weights.torchscript"
    source.write_bytes(GOOD["pt"].read_bytes())
    folder = next(iter(_members("pt"))).partition("/")[0]
    _add(source, f"{folder}/constants.pkl")
    error = refusal(source, target)
    assert error.code == "torchscript" and "TorchScript" in str(error)


@pytest.mark.parametrize(
    ("extra", "dropped"),
    [("run.sh", None), ("second.xml", None), ("second.bin", None), (None, ".bin"), (None, ".xml"), ("sub/x.bin", None)],
)
def test_an_openvino_archive_holds_its_files_and_no_others(
    extra: str | None, dropped: str | None, tmp_path: Path, target: Path
) -> None:
    source = tmp_path / "archive.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name, data in _members("openvino").items():
            if dropped is None or not name.endswith(dropped):
                archive.writestr(name, data)
    if extra:
        _add(source, extra)
    assert refusal(source, target).code == "zip_contents"


def test_a_folder_around_the_files_is_fine(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "archive.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.mkdir("my_model")
        for name, data in _members("openvino").items():
            archive.writestr(f"my_model/{name}", data)
    assert artefact(source, target).classes[0] == "helmet"


def test_changed_bytes_are_found_by_their_checksum(tmp_path: Path, target: Path) -> None:
    data = bytearray(GOOD["pt"].read_bytes())
    data[len(data) // 2] ^= 0xFF
    source = tmp_path / "weights.pt"
    source.write_bytes(data)
    assert refusal(source, target).code == "damaged"


def test_a_rewritten_archive_is_accepted(tmp_path: Path, target: Path) -> None:
    """Otherwise the tests above would show nothing."""
    source = rewrite(GOOD["openvino"], tmp_path / "archive.zip", lambda _name, data: data)
    assert artefact(source, target).classes[0] == "helmet"
