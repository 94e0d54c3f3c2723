"""The rules for how a task, a test or a trial analyses."""

from siapp.core.domain import TaskOptions
from siapp.core.errors import InvalidInput
from siapp.core.i18n import _


def check_options(options: TaskOptions) -> None:
    """Raises InvalidInput naming the first option out of its range."""
    rules = (
        ("confidence", 0.0 <= options.confidence <= 1.0, _("The confidence is a number from 0 to 1.")),
        ("iou", 0.0 <= options.iou <= 1.0, _("The IoU is a number from 0 to 1.")),
        (
            "max_fps",
            options.max_fps is None or 0.1 <= options.max_fps <= 240,
            _("The highest frame rate is a number from 0.1 to 240."),
        ),
        (
            "keyframe_interval",
            1 <= options.keyframe_interval <= 100_000,
            _("The key-frame interval is a whole number from 1 to 100000."),
        ),
        (
            "classes",
            options.classes is None or all(0 <= number < 10_000 for number in options.classes),
            _("Classes are given by their numbers."),
        ),
    )
    for field, good, rule in rules:
        if not good:
            raise InvalidInput("bad_option", rule, field=f"options.{field}")
