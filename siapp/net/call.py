"""One request as a handler sees it: who asks, what for, and how to answer."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from siapp.core.domain import Actor
from siapp.core.errors import Forbidden, NotSignedIn, SiappError
from siapp.core.i18n import Language, _
from siapp.core.page import Page
from siapp.core.services import Services
from siapp.core.services.access import require, stranger
from siapp.core.services.accounts import Identity
from siapp.net import bodies, query, uploads, views
from siapp.net.operations import PATH_WORDS
from siapp.net.policy import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the policy has let in. `caller` is None on open routes only."""

    request: web.Request
    services: Services
    language: Language
    address: str
    caller: Identity | None = None

    @property
    def identity(self) -> Identity:
        if self.caller is None:
            raise not_signed_in()
        return self.caller

    @property
    def header_token(self) -> str | None:
        """The token of the Authorization header; an empty one where that header is of no use, None without it."""
        return (bearer_token(self.request) or "") if "Authorization" in self.request.headers else None

    @property
    def actor(self) -> Actor:
        return self.identity.actor(self.address)

    async def admit(self, row: Row) -> None:
        """Raises Forbidden where the caller's role does not suffice for `row`; the audit knows then, too."""
        if row.who.role is None:
            return
        try:
            require(self.actor, row.who.role)
        except Forbidden as error:
            await self.note_refused(row, error)
            raise

    async def note_refused(self, row: Row, error: SiappError) -> None:
        """Tell the audit that this request was refused, where it has a name for what `row` is for."""
        if row.action is not None:
            actor = self.caller.actor(self.address) if self.caller else stranger(self.address)
            await self.services.audit.refused(actor, row.action, error, bodies.object_in_path(self.request))

    def number(self, name: str) -> int:
        """A number in the path, or NotFound."""
        return bodies.path_number(self.request, name, PATH_WORDS[name].missing)

    def text(self, name: str) -> str:
        """A word in the path, as the client wrote it before it was percent-encoded."""
        return self.request.match_info[name]

    def window(self, limit: query.Number = query.LIMIT) -> query.Window:
        """The part of a list that the query asks for."""
        return query.window(self.request, limit)

    async def body(self, model: type[bodies.B]) -> bodies.B:
        return await bodies.read_json(self.request, model)

    def upload(
        self, file_field: str, *text_fields: str, check: uploads.Check = uploads.unchecked
    ) -> AbstractAsyncContextManager[uploads.Form]:
        """A multipart body with exactly these fields; the file is gone where the block fails. Store it inside.

        `check` judges the texts that come before the file.
        """
        return uploads.read_upload(
            self.request,
            self.services.uploads,
            self.actor,
            self._news,
            file_field=file_field,
            text_fields=text_fields,
            check=check,
        )

    def video(
        self,
        file_field: str,
        *text_fields: str,
        optional: tuple[str, ...] = (),
        check: uploads.Check = uploads.unchecked,
    ) -> AbstractAsyncContextManager[uploads.Form]:
        """The same with a video, which may be larger. `optional`: fields that may be left out."""
        return uploads.read_upload(
            self.request,
            self.services.videos,
            self.actor,
            self._news,
            file_field=file_field,
            text_fields=text_fields,
            optional=optional,
            check=check,
        )

    @property
    def _news(self) -> uploads.News:
        return uploads.News(self.services.bus, self.actor.user_id, self.request)

    def page(self, found: Page[T], view: Callable[[T, Language], views.Json]) -> web.Response:
        return answer(views.page(found, lambda item: view(item, self.language)))


def bearer_token(request: web.Request) -> str | None:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def answer(value: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, text=views.dumps(value), content_type="application/json")


def nothing() -> web.Response:
    """Done, and there is nothing to say."""
    return web.Response(status=204)


def log_answer(call: Call, text: str) -> web.Response:
    """A process.log, as a file to keep for who accepts plain text."""
    if call.request.headers.get("Accept", "").startswith("text/plain"):
        headers = {"Content-Disposition": 'attachment; filename="process.log"'}
        return web.Response(text=text, content_type="text/plain", charset="utf-8", headers=headers)
    return answer({"log": text})


def not_signed_in() -> NotSignedIn:
    return NotSignedIn("not_signed_in", _("Please sign in: this needs an access token."))
