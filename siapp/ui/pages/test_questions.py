"""What is asked before something of a test is lost."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from siapp.core.domain import TestTask
from siapp.core.i18n import _
from siapp.ui.desk import Desk
from siapp.ui.pages.test_sheets import start_test
from siapp.ui.widgets.confirm import Confirm

MOST_NAMED = 10


def ask_run(desk: Desk, page: QWidget, test: TestTask) -> None:
    """Before a run takes the place of the last one's results."""
    words = desk.words
    title = words(_("Run “{name}” again?"), name=test.name)
    text = words(_("The video, key frames and log of its last run are replaced."))
    Confirm(words, page.window(), title, text, _("Run again"), lambda: start_test(desk, test)).open()


def ask_delete(desk: Desk, page: QWidget, tests: Sequence[TestTask], delete: Callable[[], object]) -> None:
    """Once for all of them, naming what is lost."""
    words = desk.words
    if len(tests) == 1:
        title, verb = words(_("Delete the test “{name}”?"), name=tests[0].name), _("Delete test")
    else:
        title, verb = words(_("Delete {count} tests?"), count=len(tests)), _("Delete tests")
    names = "\n".join(test.name for test in tests[:MOST_NAMED]) + "\n\n" if len(tests) > 1 else ""
    going = {test.id for test in tests}
    kept = {test.video.file for test in desk.stores.tests.all() if test.id not in going}
    if all(test.video.file in kept for test in tests):
        lost = _("The result video, key frames and log are lost. The copied video stays for its other tests.")
    else:
        lost = _("The copied video, the result video, key frames and log are lost.")
    text = names + words(lost)
    Confirm(words, page.window(), title, text, verb, delete).open()
