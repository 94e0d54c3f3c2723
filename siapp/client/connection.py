"""The way to a station: requests with the access token, and a new token in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from json import JSONDecodeError
from pathlib import Path
from ssl import SSLContext
from typing import Any

from aiohttp import (
    ClientConnectionError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    FormData,
    InvalidURL,
    NonHttpUrlClientError,
)
from aiohttp import ClientError as HttpClientError
from yarl import URL

from siapp.client.answers import Tokens, read
from siapp.client.errors import NotSignedIn, Refused, Unexpected, Unreachable, refusal

Body = Callable[[], Any]
"""Makes the data of a request: anew for each try, because a stream is used up by the first."""

TIMEOUT = ClientTimeout(total=60, sock_connect=10)
TRANSFER_TIMEOUT = ClientTimeout(total=None, sock_connect=10, sock_read=60)
RENEW_BEFORE_S = 30.0
PIECE_BYTES = 1 << 18


def no_body() -> None:
    """For requests without one."""


class Connection:
    """One station and one sign-in. Any number of coroutines may ask at once: one of them renews the token for all."""

    def __init__(self, address: str, *, language: str, ssl: SSLContext | bool) -> None:
        self._address = address.rstrip("/")
        self._ssl = ssl
        self._session = ClientSession(headers={"Accept-Language": language}, timeout=TIMEOUT)
        self._renewing = asyncio.Lock()
        self._tokens: Tokens | None = None
        self._good_until = 0.0

    @property
    def tokens(self) -> Tokens | None:
        return self._tokens

    @property
    def renew_in_s(self) -> float:
        """Seconds until the access token has to be renewed; below 0 where it should have been."""
        return self._good_until - RENEW_BEFORE_S - time.monotonic()

    async def close(self) -> None:
        await self._session.close()

    def keep(self, tokens: Tokens | None) -> None:
        """Sign in with these, or with nobody's."""
        self._tokens = tokens
        self._good_until = time.monotonic() + tokens.expires_in if tokens else 0.0

    async def sign_in(self, username: str, password: str) -> None:
        form = FormData({"username": username, "password": password})
        self.keep(read(Tokens, await self.open("POST", "/token", lambda: form)))

    async def token(self) -> str:
        """An access token that is good for a while. Raises NotSignedIn."""
        async with self._renewing:
            if self._tokens is None:
                raise NotSignedIn("not_signed_in", "Please sign in first.", 401)
            # A short-lived token would have to be renewed at each request: half of its time is enough for it.
            if self.renew_in_s < 0 and self._good_until - time.monotonic() < self._tokens.expires_in / 2:
                await self._renew(self._tokens)
            return self._tokens.access_token

    async def renewed(self, used: str) -> str:
        """Another access token than `used`, which the station did not take."""
        async with self._renewing:
            if self._tokens is not None and self._tokens.access_token == used:
                await self._renew(self._tokens)
        return await self.token()

    async def _renew(self, old: Tokens) -> None:
        body = {"refresh_token": old.refresh_token}
        try:
            self.keep(read(Tokens, await self.open("POST", "/token/refresh", json=body)))
        except NotSignedIn:
            self.keep(None)
            raise

    async def open(self, method: str, path: str, body: Body = no_body, **options: Any) -> Any:
        """JSON of an answer to nobody in particular; None where it is empty."""
        async with self.answer(method, path, {}, body, options) as response:
            return await _json(response)

    async def ask(self, method: str, path: str, body: Body = no_body, **options: Any) -> Any:
        """JSON of an answer to whoever is signed in; None where it is empty.

        Raises Refused of some kind, Unreachable, or Unexpected.
        """
        token = await self.token()
        try:
            return await self._ask_with(token, method, path, body, options)
        except NotSignedIn:
            return await self._ask_with(await self.renewed(token), method, path, body, options)

    async def _ask_with(self, token: str, method: str, path: str, body: Body, options: Mapping[str, Any]) -> Any:
        async with self.answer(method, path, authorization(token), body, options) as response:
            return await _json(response)

    async def text(self, path: str) -> str:
        """The same for an answer that is plain text."""
        token = await self.token()
        try:
            return await self._text_with(token, path)
        except NotSignedIn:
            return await self._text_with(await self.renewed(token), path)

    async def _text_with(self, token: str, path: str) -> str:
        async with self.answer("GET", path, authorization(token), no_body, {}) as response:
            try:
                return await response.text()
            except (ClientPayloadError, ClientConnectionError, TimeoutError) as error:
                raise Unreachable("the connection broke in the middle of an answer") from error

    async def download(self, path: str, target: Path, **options: Any) -> None:
        """The body of an answer as a file. Where it breaks off, there is none."""
        draft = target.with_name(f"{target.name}.part")
        token = await self.token()
        try:
            try:
                await self._download_with(token, path, draft, options)
            except NotSignedIn:
                await self._download_with(await self.renewed(token), path, draft, options)
            await asyncio.to_thread(draft.replace, target)
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)

    async def _download_with(self, token: str, path: str, draft: Path, options: Mapping[str, Any]) -> None:
        given = {"timeout": TRANSFER_TIMEOUT, **options}
        async with self.answer("GET", path, authorization(token), no_body, given) as response:
            file = await asyncio.to_thread(draft.open, "wb")
            try:
                async for piece in response.content.iter_chunked(PIECE_BYTES):
                    await asyncio.to_thread(file.write, piece)
            except (ClientPayloadError, ClientConnectionError, TimeoutError) as error:
                raise Unreachable("the connection broke in the middle of an answer") from error
            finally:
                await asyncio.to_thread(file.close)

    def _url(self, path: str) -> URL:
        url = URL(self._address + path, encoded=True)  # names are in it as they shall arrive
        try:
            host = url.raw_host  # yarl looks only now, at the port, too
        except ValueError as error:
            raise _no_address() from error
        if not host:
            raise _no_address()
        return url

    def socket(self, path: str, token: str, heartbeat_s: float) -> AbstractAsyncContextManager[ClientWebSocketResponse]:
        """A WebSocket that `token` signs in. Entering it raises aiohttp's errors."""
        return self._session.ws_connect(
            self._url(path),
            headers=authorization(token),
            ssl=self._ssl,
            max_msg_size=0,
            heartbeat=heartbeat_s,
            timeout=ClientWSTimeout(ws_close=2.0),
        )

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, options: Mapping[str, Any]
    ) -> "_Answer":
        given = {**options, "headers": {**headers, **options.get("headers", {})}, "ssl": self._ssl}
        return _Answer(lambda: self._session.request(method, self._url(path), data=body(), **given))


class _Answer:
    """A response that is good, as a context; whatever else comes, is an error of ours."""

    def __init__(self, request: Callable[[], Awaitable[ClientResponse]]) -> None:
        self._request = request
        self._response: ClientResponse

    async def __aenter__(self) -> ClientResponse:
        try:
            self._response = await self._request()
        except (ClientConnectionError, ClientPayloadError, TimeoutError, OSError) as error:
            raise Unreachable(f"the station does not answer: {error or type(error).__name__}") from error
        except (InvalidURL, NonHttpUrlClientError) as error:
            raise _no_address() from error
        except HttpClientError as error:
            raise Unexpected(f"what answers is no siapp: {error}") from error
        if self._response.status >= 300:
            async with self._response:
                raise await refused(self._response)
        return self._response

    async def __aexit__(self, *_exception: object) -> None:
        self._response.release()


def _no_address() -> Unreachable:
    return Unreachable("this can't be a station's address; one looks like http://192.168.1.5:8000")


def authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def refused(response: ClientResponse) -> Refused:
    """The error that a problem document describes."""
    try:
        document: Any = await response.json(content_type=None)
    except (JSONDecodeError, UnicodeDecodeError):
        document = None
    except (ClientPayloadError, ClientConnectionError, TimeoutError) as error:
        raise Unreachable("the connection broke in the middle of an answer") from error
    if not isinstance(document, dict) or not isinstance(document.get("code"), str):
        raise Unexpected(f"what answers is no siapp: status {response.status} without a problem document")
    return refusal(
        response.status,
        document["code"],
        str(document.get("detail", "")),
        retry_after_s=_seconds(response.headers.get("Retry-After")),
        request_id=response.headers.get("X-Request-ID"),
    )


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


async def _json(response: ClientResponse) -> Any:
    try:
        raw = await response.read()
        return await response.json(content_type=None) if raw else None
    except (ClientPayloadError, ClientConnectionError, TimeoutError) as error:
        raise Unreachable("the connection broke in the middle of an answer") from error
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise Unexpected("the station's answer is not JSON") from error
