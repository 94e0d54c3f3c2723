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

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._count = 0

    async def run(self, source: CameraSource) -> CheckResult:
        """Raises TooMany. Whatever the camera does is an answer."""
        if self._count >= MOST_CHECKS:
            raise TooMany(
                "too_many_checks",
                _("Too many cameras are being checked at once. Try again in a moment."),
                retry_after_s=round(CHECK_LIMIT_S),
            )
        self._count += 1
        started = self._engine.clock()
        params = {"source": source.to_json(), "picture": True}
        try:
            found = await self._engine.run_job(JobKind.PROBE, params, limit_s=CHECK_LIMIT_S)
            picture = jpeg_from(found.pop("picture", None), MOST_CHECK_PICTURE_BYTES)
            thumbnail = jpeg_from(found.pop("thumbnail", None), MOST_THUMBNAIL_BYTES)
            return CheckResult(True, self._since(started), StreamInfo(**found), None, picture, thumbnail)
        except JobFailed as failure:
            return CheckResult(False, self._since(started), error=_as_check(failure.problem))
        except JobDied:
            return CheckResult(False, self._since(started), error=CHECK_TIMEOUT)
        finally:
            self._count -= 1

    def _since(self, started: float) -> int:
        return round((self._engine.clock() - started) * 1000)


def _as_check(problem: Problem) -> Problem:
    """With one of the codes that a check may answer with."""
    return problem if problem.code in list(CheckCode) else replace(problem, code=CheckCode.UNSUPPORTED.value)
