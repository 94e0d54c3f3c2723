"""A real camera and the real engine: what a person changes is seen in the task's picture at once, and undone."""

from siapp.core.domain import TaskOptions
from siapp.ui.live.tile import Tile
from tests.cameras import ScriptedCamera
from tests.e2e.conftest import site  # noqa: F401
from tests.e2e.support import OLGA, Site, until
from tests.ui.conftest import Open


async def test_a_higher_confidence_empties_the_picture_and_undo_fills_it_again(
    site: Site,  # noqa: F811
    camera: ScriptedCamera,
    open_window: Open,
) -> None:
    task = await site.running(camera.url, options=TaskOptions(confidence=0.4))
    window = await open_window(OLGA)
    page = window.shell.tasks
    window.shell.open(page)
    page.open_details(task)
    assert page.details is not None
    tuning = page.details.tuning
    await until(lambda: _objects(tuning.preview) > 0)
    tuning.form.confidence.slider.setValue(100)
    await until(lambda: _objects(tuning.preview) == 0)
    assert window.desk.stores.tasks.get(task.id).options.confidence == 1.0  # type: ignore[union-attr]
    tuning.undo_button.click()
    await until(lambda: _objects(tuning.preview) > 0)
    page.details.tabs.open(page.details.charts)
    await until(lambda: page.details.charts.fps.summary or page.details.charts.refresh())  # type: ignore[union-attr]
    await site.stop(task)
    assert not tuning.preview.isVisible()


def _objects(tile: Tile) -> int:
    """In the picture that the tile shows; -1 without one."""
    return len(tile.view.picture.objects) if tile.view.picture is not None else -1
