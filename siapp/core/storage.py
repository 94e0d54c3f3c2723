"""The file sandbox: weights/, videos/, results/, logs/ in the data folder, and nothing outside them.

Names on disk are generated; what a client calls a file is only a label in the database.
"""

import logging
import os
import re
import secrets
import shutil
from pathlib import Path

from siapp.core.errors import NotFound
from siapp.core.i18n import _
from siapp.core.private import close_to_others

logger = logging.getLogger(__name__)

_DELETED = ".deleted"
_OWN_VIDEO = re.compile(r"[0-9a-f]{24}")  # people put videos of their own beside these


class Storage:
    """Knows every folder. Methods that touch the disk block: call them in a thread."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir
        self.weights = data_dir / "weights"
        self.videos = data_dir / "videos"
        self.results = data_dir / "results"
        self.logs = data_dir / "logs"
        self.thumbnails = data_dir / "thumbnails"
        self._incoming = data_dir / "incoming"

    def prepare(self) -> None:
        """Make the folders, readable by their owner alone, and throw away what a crash left half uploaded.

        A data folder that was there before keeps its own rights: it may be one that others use, too.
        """
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self.weights, self.videos, self.results, self.logs, self.thumbnails, self._incoming):
            folder.mkdir(exist_ok=True, mode=0o700)
            if not folder.is_symlink():  # somebody has put it elsewhere, where siapp is a guest
                close_to_others(folder)

    def new_upload(self) -> Path:
        """A path for bytes that are still coming in; emptied at each start."""
        return self._incoming / secrets.token_hex(16)

    def new_scratch_folder(self) -> Path:
        """A new, empty folder for what lives as long as one piece of work; emptied at each start, too."""
        folder = self.new_upload()
        folder.mkdir(mode=0o700)
        return folder

    def new_weights_folder(self) -> Path:
        """A new, empty folder for one imported weight file."""
        folder = self.weights / secrets.token_hex(12)
        folder.mkdir(mode=0o700)
        return folder

    def weights_folder(self, name: str) -> Path:
        return self._inside(self.weights, name)

    def task_folder(self, task_id: int) -> Path:
        """Where a live task's log and key frames are, if it has any."""
        return self.results / f"task-{task_id}"

    def test_folder(self, test_id: int) -> Path:
        """Where a test's results are, if it has any."""
        return self.results / f"test-{test_id}"

    def task_results(self, task_id: int) -> Path:
        """The folder of a live task's log and key frames. Made when first asked for."""
        return self._made(self.task_folder(task_id))

    def test_results(self, test_id: int) -> Path:
        """The folder of a test's results. Made when first asked for."""
        return self._made(self.test_folder(test_id))

    def video(self, name: str) -> Path:
        return self._inside(self.videos, name)

    @staticmethod
    def new_video_name() -> str:
        """What an uploaded video will be called in videos/."""
        return secrets.token_hex(12)

    def bring_in(self, upload: Path, name: str) -> Path:
        """Move an upload to videos/, set aside until its row is committed: then `bring_back` gives it its name."""
        aside = self.video(name + _DELETED)
        upload.replace(aside)
        return aside

    @staticmethod
    def aside(path: Path) -> Path:
        """Where `set_aside` puts it."""
        return path.with_name(path.name + _DELETED)

    @staticmethod
    def set_aside(path: Path) -> Path:
        """Give what is about to be deleted a name that says so; `bring_back` takes it off again."""
        aside = Storage.aside(path)
        if path.exists():
            path.rename(aside)
        return aside

    def bring_back(self, aside: Path) -> None:
        """Undo `set_aside`; what has taken the place meanwhile goes."""
        if aside.exists():
            place = aside.with_name(aside.name.removesuffix(_DELETED))
            self.remove(place)
            aside.rename(place)

    def remove_set_aside(self, path: Path) -> None:
        """The last step of a delete, also of what a late writer has put in the old place."""
        self.remove(self.aside(path))
        self.remove(path)

    def tidy_weights(self, known: frozenset[str]) -> None:
        """After a crash: bring each folder's delete to the end that its row in the database has.

        Weights that the database does not know are kept: it may be another one, or an older one from a backup.
        """
        self._tidy(self.weights, known)

    def tidy_results(self, known: frozenset[str]) -> None:
        """The same for the results of live tasks and tests."""
        self._tidy(self.results, known)

    def _tidy(self, parent: Path, known: frozenset[str]) -> None:
        for folder in sorted(parent.iterdir()):
            deleted = folder.name.endswith(_DELETED)
            if deleted and folder.name.removesuffix(_DELETED) in known:
                self.bring_back(folder)
            elif deleted or (folder.name not in known and folder.is_dir() and not any(folder.iterdir())):
                self.remove(folder)
            elif folder.name not in known:
                logger.warning("%s/%s belongs to nothing in this database and is kept", parent.name, folder.name)

    @staticmethod
    def size_of(folder: Path) -> int:
        """Bytes of all files in it."""
        return sum(_size(Path(parent, name)) for parent, _folders, names in os.walk(folder) for name in names)

    def tidy_videos(self, known: frozenset[str]) -> None:
        """The same for uploaded videos, while their uploads are stored, too. People's own videos are not touched."""
        for aside in sorted(self.videos.glob(f"*{_DELETED}")):
            name = aside.name.removesuffix(_DELETED)
            if name in known:
                self.bring_back(aside)
            elif _OWN_VIDEO.fullmatch(name):
                self.remove(aside)

    @staticmethod
    def remove(path: Path) -> None:
        """Delete a file or a folder; a missing one is fine."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    @staticmethod
    def _made(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @staticmethod
    def _inside(folder: Path, name: str) -> Path:
        plain = name.isprintable() and not set(name) & set("/\\")
        path = (folder / name).resolve() if plain else folder
        if path.parent != folder.resolve():
            raise NotFound("file_not_found", _("There is no such file."))
        return path


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # gone meanwhile
        return 0
