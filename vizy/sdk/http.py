"""`HttpLink`: the way over the network, by the REST API, the MJPEG stream and the events.

The only module of ours that loads httpx. Everything has a time-out; streams have one for silence.
"""

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import UNSET

from vizy.errors import (
    DeviceAwayError,
    DeviceTimeoutError,
    InvalidValueError,
    ProtocolError,
    VizyError,
    from_code,
)
from vizy.frames import Frame
from vizy.messages import Call
from vizy.sdk import lenient
from vizy.sdk.link import CALL_S, Link, OnAway, Part
from vizy.sdk.mjpeg import MjpegParser
from vizy.sdk.newest import newest
from vizy.sdk.picture import Picture
from vizy.sdk.routes import request_of
from vizy.sdk.sse import Event, EventParser
from vizy.state import Capture, DeviceState
from vizy.version import __version__

R = TypeVar("R")
_BASE = "/api/v1"
_CONNECT_S = 5.0
_SILENCE_S = 45.0  # events are at most 15 s apart, those that say nothing included
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 10.0
_MAX_ERROR_BYTES = 64 * 1024
_RETRIED = (DeviceAwayError, DeviceTimeoutError, ProtocolError)


class _Problem(msgspec.Struct):
    """A refusal as problem details (RFC 9457)."""

    code: str = ""
    detail: str = ""


class HttpLink(Link):
    """The way to a Vizy's web server.

    Args:
        url: As a browser would open it: ``http://vizy.local``.
        token: Of the API; None: none is sent.
        ca_file: A certificate to trust besides those that the system does.

    Raises:
        InvalidValueError: It is no such address.
    """

    def __init__(self, url: str, token: str | None, ca_file: str | None = None) -> None:
        try:
            self._url = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise InvalidValueError(f"{url!r} is no address: {error}") from error
        if self._url.scheme not in ("http", "https") or not self._url.host:
            raise InvalidValueError(f"{url!r} is no address: take one like http://vizy.local")
        self.place = str(self._url.copy_with(username=None, password=None))
        self._token = token
        self._ca_file = ca_file
        self._made: httpx.AsyncClient | None = None

    async def call(self, request: Call[R], *, timeout_s: float = CALL_S) -> R:
        answer = await self._send(request, timeout_s)
        return lenient.decode(answer.content, request.result, request.method)

    async def do(self, request: Call[Any], *, timeout_s: float = CALL_S) -> None:
        await self._send(request, timeout_s)

    async def capture(self, capture_id: str) -> Capture:
        answer = await self._request("GET", _capture_path(capture_id), CALL_S)
        return lenient.decode(answer.content, Capture, "the capture")

    async def path(self, capture_id: str, part: Part) -> Path | None:
        return None

    async def read(
        self, capture_id: str, part: Part, start: int = 0
    ) -> AsyncGenerator[bytes, None]:
        headers = {"Range": f"bytes={start}-"} if start else {}
        path = f"{_capture_path(capture_id)}/{part}"
        async with self._stream(path, CALL_S, headers=headers) as response:
            if start and "Content-Range" not in response.headers:
                raise ProtocolError(f"{path} was answered from its beginning, not from {start} on")
            async for data in response.aiter_raw():
                yield data

    async def snapshot(self, *, width: int | None, quality: int | None) -> Picture:
        params = _given(width=width, quality=quality)
        answer = await self._request("GET", "/snapshot.jpg", CALL_S, params=params)
        return Picture(answer.content)

    async def frames(
        self, *, width: int | None, quality: int | None
    ) -> AsyncGenerator[Picture, None]:
        params = _given(width=width, quality=quality)
        async with contextlib.aclosing(newest(self._pictures(params), "sdk: frames")) as pictures:
            async for picture in pictures:
                yield picture
        raise DeviceAwayError(f"{self._url} sends no more pictures: the camera is away")

    def raw_frames(self) -> AsyncGenerator[Frame, None]:
        raise InvalidValueError(
            "raw frames are for programs on the device: use Vizy() there, or frames() here"
        )

    async def follow(self, on_away: OnAway) -> AsyncGenerator[DeviceState, None]:
        async with contextlib.aclosing(newest(self._states(on_away), "sdk: events")) as states:
            async for state in states:
                yield state

    async def close(self) -> None:
        client, self._made = self._made, None
        if client is not None:
            await client.aclose()

    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            # What is read piece by piece shall come as it is.
            headers = {"User-Agent": f"vizy/{__version__}", "Accept-Encoding": "identity"}
            if self._token:
                headers["Authorization"] = f"Bearer {self._token}"
            self._made = httpx.AsyncClient(
                base_url=self._url, headers=headers, verify=self._trusted()
            )
        return self._made

    def _trusted(self) -> ssl.SSLContext | bool:
        """Return whose certificates are taken.

        Raises:
            InvalidValueError: The file of ours cannot be read, or holds none.
        """
        if self._url.scheme != "https":
            return True
        trusted = httpx.create_ssl_context()
        if self._ca_file:
            try:
                trusted.load_verify_locations(self._ca_file)
            except OSError as error:
                is_other = isinstance(error, ssl.SSLError)
                reason = "it holds no certificate in PEM" if is_other else error.strerror
                raise InvalidValueError(f"ca_file={self._ca_file}: {reason}") from error
        return trusted

    async def _send(self, call: Call[Any], timeout_s: float) -> httpx.Response:
        request = request_of(call)
        options: dict[str, Any] = {"params": request.query}
        if request.body is not UNSET:
            options["content"] = msgspec.json.encode(request.body)
            options["headers"] = {"Content-Type": "application/json"}
        return await self._request(request.method, _BASE + request.path, timeout_s, **options)

    async def _request(
        self, method: str, path: str, timeout_s: float, **options: Any
    ) -> httpx.Response:
        with self._errors(path):
            async with asyncio.timeout(timeout_s):
                timeout = httpx.Timeout(timeout_s, connect=_CONNECT_S)
                answer = await self._client().request(method, path, timeout=timeout, **options)
        if not answer.is_success:
            raise _refusal(answer, answer.content)
        return answer

    @contextlib.asynccontextmanager
    async def _stream(
        self, path: str, silence_s: float, **options: Any
    ) -> AsyncGenerator[httpx.Response, None]:
        with self._errors(path):
            timeout = httpx.Timeout(silence_s, connect=_CONNECT_S)
            async with self._client().stream("GET", path, timeout=timeout, **options) as response:
                if not response.is_success:
                    raise _refusal(response, (await response.aread())[:_MAX_ERROR_BYTES])
                yield response

    @contextlib.contextmanager
    def _errors(self, path: str) -> Generator[None, None, None]:
        """Turn what httpx raises into our errors."""
        try:
            yield
        except (httpx.TimeoutException, TimeoutError) as error:
            if isinstance(error, VizyError):
                raise
            if isinstance(error, httpx.ConnectTimeout):
                raise DeviceAwayError(f"{self._url} does not answer") from error
            raise DeviceTimeoutError(f"{path} was not answered in time by {self._url}") from error
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise DeviceAwayError(
                    f"{self._url} shows a certificate that is not trusted: {error}: name it, or "
                    "the authority that has signed it, with ca_file or --ca-file"
                ) from error
            raise DeviceAwayError(f"{self._url} cannot be reached: {error}") from error
        except httpx.InvalidURL as error:
            raise InvalidValueError(f"{path!r} is no address: {error}") from error

    async def _pictures(self, params: dict[str, str]) -> AsyncGenerator[Picture, None]:
        async with self._stream("/stream.mjpg", CALL_S, params=params) as response:
            parser = MjpegParser(response.headers.get("Content-Type", ""))
            async for data in response.aiter_raw():
                for picture in parser.feed(data):
                    yield Picture(picture)

    async def _states(self, on_away: OnAway) -> AsyncGenerator[DeviceState, None]:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async with contextlib.aclosing(self._states_once(on_away)) as states:
                    async for state in states:
                        pause_s = _FIRST_PAUSE_S
                        yield state
                reason = f"{self._url} ended the events"
            except _RETRIED as error:
                reason = str(error)
            on_away(reason)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _states_once(self, on_away: OnAway) -> AsyncGenerator[DeviceState, None]:
        whole: dict[str, Any] = {}
        async with self._stream(f"{_BASE}/events", _SILENCE_S) as response:
            parser = EventParser()
            async for data in response.aiter_raw():
                events = parser.feed(data)
                for event in events:
                    whole = _joined(whole, event)
                if events and whole:
                    yield _state_of(whole)
                elif events:
                    on_away(f"the hardware process is away, says {self._url}")


def _capture_path(capture_id: str) -> str:
    return f"{_BASE}/captures/{quote(capture_id, safe='')}"


def _given(**values: int | None) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _joined(whole: dict[str, Any], event: Event) -> dict[str, Any]:
    """Return the state, as builtin values, with what an event says of it; empty: it is away."""
    try:
        news = msgspec.json.decode(event.data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"an event {event.name} cannot be read: {error}") from error
    if event.name == "state":
        return news
    if event.name == "away":
        return {}
    if event.name == "change" and whole:
        return whole | news.get("sections", {}) | {"revision": news.get("revision")}
    return whole


def _state_of(whole: dict[str, Any]) -> DeviceState:
    try:
        return lenient.convert(whole, DeviceState)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"a state cannot be read: {error}") from error


def _refusal(answer: httpx.Response, body: bytes) -> VizyError:
    """Return the error that a refusal stands for, as the class that the server raised."""
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        problem = _Problem()
    detail = problem.detail or f"{answer.url.path}: {answer.status_code} {answer.reason_phrase}"
    return from_code(problem.code, detail)
