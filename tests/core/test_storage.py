"""The file sandbox: nothing outside it can be named."""

import errno
import os
import stat
from pathlib import Path

import pytest

from siapp.core.errors import NotFound
from siapp.core.storage import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage(tmp_path / "data")
    storage.prepare()
    return storage


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../siapp.db", "a/../../x", "a/../b", "/etc/passwd", "..\\x", "a\\b", "a\x00b", "a\nb", "\ud800"],
)
def test_names_that_lead_out_of_a_folder_are_not_found(storage: Storage, name: str) -> None:
    for find in (storage.video, storage.weights_folder):
        with pytest.raises(NotFound):
            find(name)


def test_a_link_that_leads_out_is_not_found(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (storage.videos / "link.mp4").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFound):
        storage.video("link.mp4")


@pytest.mark.parametrize("name", ["street.mp4", "街道 1.mp4", "a..b", "..a", "x" * 200])
def test_plain_names_lie_in_their_folder(storage: Storage, name: str) -> None:
    assert storage.video(name) == storage.videos.resolve() / name


def test_uploads_and_weights_get_names_of_their_own(storage: Storage) -> None:
    assert len({storage.new_upload() for _ in range(100)}) == 100
    folder = storage.new_weights_folder()
    assert storage.weights_folder(folder.name) == folder.resolve()


posix = pytest.mark.skipif(os.name == "nt", reason="rights come from the folder above there")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_folders_that_others_could_read_are_closed_and_the_data_folder_is_left_as_it_was(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "data")
    folders = (storage.weights, storage.videos, storage.results, storage.logs)
    for folder in (storage.root, *folders):
        folder.mkdir()
        folder.chmod(0o755)
    storage.prepare()
    assert [mode(folder) for folder in folders] == [0o700] * 4
    assert mode(storage.root) == 0o755


@posix
def test_what_can_not_be_closed_is_a_line_in_the_log_and_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_path: Path, _mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    storage = Storage(tmp_path)
    storage.videos.mkdir()
    storage.videos.chmod(0o755)
    with monkeypatch.context() as foreign:
        foreign.setattr(Path, "chmod", refuse)
        storage.prepare()
    assert "videos may be readable by other users" in caplog.text


def test_half_uploaded_files_are_gone_after_a_start(storage: Storage) -> None:
    half = storage.new_upload()
    half.write_bytes(b"half")
    storage.prepare()
    assert not half.exists()


def test_a_start_keeps_everything_else(storage: Storage) -> None:
    kept = [storage.videos / "a.mp4", storage.new_weights_folder() / "model.xml", storage.task_results(7) / "x.log"]
    for path in kept:
        path.write_text("kept")
    storage.prepare()
    assert all(path.read_text() == "kept" for path in kept)


def test_removing_takes_folders_files_and_nothing(storage: Storage) -> None:
    folder = storage.new_weights_folder()
    (folder / "model.bin").write_bytes(b"0")
    for path in (folder, folder, storage.videos / "missing"):
        storage.remove(path)
    assert not folder.exists()


def test_removing_a_link_keeps_what_it_points_to(storage: Storage, tmp_path: Path) -> None:
    target = tmp_path / "outside"
    target.mkdir()
    (target / "kept").touch()
    link = storage.weights / "link"
    link.symlink_to(target)
    storage.remove(link)
    assert not link.is_symlink()
    assert (target / "kept").exists()
