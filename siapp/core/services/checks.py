"""Looking into cameras: each check is a process that may be thrown away, and only so many run at once."""

from dataclasses import replace

from siapp.core.domain import CheckCode, CheckResult, Problem, StreamInfo
from siapp.core.errors import TooMany
from siapp.core.i18n import _
from siapp.core.services.thumbnails import jpeg_from
from siapp.core.specs import MOST_CHECK_PICTURE_BYTES, MOST_THUMBNAIL_BYTES, CameraSource, JobKind
from siapp.core.workers.engine import Engine, JobDied, JobFailed

CHECK_LIMIT_S = 9.5
MOST_CHECKS = 8
CHECK_TIMEOUT = Problem("timeout", _("The camera does not answer. Check its address, and whether it is switched on."))


class Checks:
    """Those under way."""

    def __init__(self) -> None:
        self._count = 0

    async def run(self, engine: Engine, source: CameraSource) -> CheckResult:
        """Raises TooMany. Whatever the camera does is an answer."""
        if self._count >= MOST_CHECKS:
            raise TooMany(
                "too_many_checks",
                _("Too many cameras are being checked at once. Try again in a moment."),
                retry_after_s=round(CHECK_LIMIT_S),
            )
        self._count += 1
        started = engine.clock()
        try:
            result = await _look(engine, source)
        finally:
            self._count -= 1
        return replace(result, elapsed_ms=round((engine.clock() - started) * 1000))


async def _look(engine: Engine, source: CameraSource) -> CheckResult:
    params = {"source": source.to_json(), "picture": True}
    try:
        found = dict(await engine.run_job(JobKind.PROBE, params, limit_s=CHECK_LIMIT_S))
    except JobFailed as failure:
        return CheckResult(False, 0, error=_as_check(failure.problem))
    except JobDied:
        return CheckResult(False, 0, error=CHECK_TIMEOUT)
    picture = jpeg_from(found.pop("picture", None), MOST_CHECK_PICTURE_BYTES)
    thumbnail = jpeg_from(found.pop("thumbnail", None), MOST_THUMBNAIL_BYTES)
    return CheckResult(True, 0, StreamInfo(**found), None, picture, thumbnail)


def _as_check(problem: Problem) -> Problem:
    """With one of the codes that a check may answer with."""
    return problem if problem.code in list(CheckCode) else replace(problem, code=CheckCode.UNSUPPORTED.value)
