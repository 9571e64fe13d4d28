"""`LocalLink`: the way over the Unix sockets of this machine, with raw frames.

Each call is a connection of its own, so there is nothing to keep alive between calls.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, TypeVar

from vizy.device import DeviceMirror
from vizy.errors import DeviceTimeoutError, NotFoundError, StorageError
from vizy.frames import Frame, FrameClient
from vizy.messages import Call, GetCapture, GetState, GetThumbnail
from vizy.rpc.client import call_once
from vizy.sdk.link import CALL_S, Link, OnAway, Part
from vizy.sdk.picture import Picture
from vizy.state import Capture, DeviceState

R = TypeVar("R")
_CHUNK_BYTES = 256 * 1024


class LocalLink(Link):
    """The way to the daemon whose sockets are in a folder.

    Args:
        folder: ``hardware.sock`` and ``frames.sock`` are there.
    """

    def __init__(self, folder: Path) -> None:
        self.place = f"unix:{folder}"
        self._calls = folder / "hardware.sock"
        self._frames = folder / "frames.sock"

    async def call(self, request: Call[R], *, timeout_s: float = CALL_S) -> R:
        return await call_once(self._calls, request, timeout_s=timeout_s)

    async def do(self, request: Call[Any], *, timeout_s: float = CALL_S) -> None:
        await self.call(request, timeout_s=timeout_s)

    async def capture(self, capture_id: str) -> Capture:
        return (await self.call(GetCapture(capture_id))).capture

    async def path(self, capture_id: str, part: Part) -> Path | None:
        if part == "thumbnail":
            return Path((await self.call(GetThumbnail(capture_id))).path)
        found = await self.call(GetCapture(capture_id))
        if part == "file":
            return Path(found.path)
        if found.raw_path is None:
            raise NotFoundError(f"capture {capture_id} has no raw data beside it")
        return Path(found.raw_path)

    async def read(
        self, capture_id: str, part: Part, start: int = 0
    ) -> AsyncGenerator[bytes, None]:
        path = await self.path(capture_id, part)
        assert path is not None
        try:
            with path.open("rb") as file:
                file.seek(start)
                while data := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                    yield data
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from error

    async def snapshot(self, *, width: int | None, quality: int | None) -> Picture:
        client = FrameClient(self._frames, width=width, quality=quality)
        async with contextlib.aclosing(self._each(client)) as frames:
            return Picture((await anext(frames)).data)

    async def frames(
        self, *, width: int | None, quality: int | None
    ) -> AsyncGenerator[Picture, None]:
        client = FrameClient(self._frames, width=width, quality=quality)
        async with contextlib.aclosing(self._each(client)) as frames:
            async for frame in frames:
                yield Picture(frame.data)

    def raw_frames(self) -> AsyncGenerator[Frame, None]:
        return self._each(FrameClient(self._frames, "raw"))

    async def follow(self, on_away: OnAway) -> AsyncGenerator[DeviceState, None]:
        async with DeviceMirror(self._calls) as device:
            async for now in device.follow():
                if now.connected and now.state is not None:
                    yield now.state
                else:
                    on_away(f"the hardware process is away: {self._calls}")

    async def close(self) -> None:
        pass

    async def _each(self, client: FrameClient) -> AsyncGenerator[Frame, None]:
        """Yield frames; one may take as long as the exposure in force lets a still take.

        Raises:
            DeviceTimeoutError: None came for longer than that.
        """
        async with client as frames:
            limit_s = await self._frame_limit_s()
            while True:
                try:
                    async with asyncio.timeout(limit_s):
                        frame = await anext(frames)
                except TimeoutError as error:
                    before_s, limit_s = limit_s, await self._frame_limit_s()
                    if limit_s > before_s:
                        continue
                    raise DeviceTimeoutError(
                        f"no frame came within {limit_s:g} s: `vizy status` says why"
                    ) from error
                yield frame

    async def _frame_limit_s(self) -> float:
        return (await self.call(GetState())).camera.still_limit_s
