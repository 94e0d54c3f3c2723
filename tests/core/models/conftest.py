from pathlib import Path

import pytest

from tests.core.models.support import GOOD, artefact


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The empty folder that an artefact is written into."""
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every module that importing needs is loaded, so that an `import` event means something afterwards."""
    for source in GOOD.values():
        artefact(source, tmp_path_factory.mktemp("warm"))
