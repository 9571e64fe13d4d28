"""Those who read: of the daemon's socket or of the MJPEG server, each frame touched and counted.

Run as ``python -m benchmarks.hardware.readers SOURCE COUNT STREAM SECONDS``: the source is the path
of a socket or a port, the stream ``encoded``, ``raw`` or, for a port, ``jpeg`` or ``pixels``
(decoded). Prints one line of JSON: frames a second of each reader, missed of all, and percent of a
core.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import simplejpeg

from vizy.frames import FrameClient


async def parts(port: int) -> AsyncIterator[tuple[int, bytes]]:
    """Yield time and JPEG of each part of a multipart stream, for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(b"GET /stream.mjpg HTTP/1.0\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
            yield (
                int(fields["X-Timestamp"]),
                await reader.readexactly(int(fields["Content-Length"])),
            )
            await reader.readexactly(2)
    finally:
        writer.close()


async def read_ours(path: Path, stream: str, until_s: float) -> tuple[float, int]:
    """Read until a moment; return frames a second and missed."""
    times_s: list[float] = []
    missed = 0
    async with FrameClient(path, stream) as client:
        while time.monotonic() < until_s:
            if stream == "raw":
                view = await client.view()
                assert view.array()[::100].any()
                assert view.is_whole
                missed += view.missed
            else:
                missed += (await anext(client)).missed
            times_s.append(time.monotonic())
    return rate(times_s), missed


def rate(times_s: list[float]) -> float:
    """Return frames a second since the first: a camera takes its time to start."""
    return (len(times_s) - 1) / (times_s[-1] - times_s[0])


async def read_theirs(port: int, kind: str, until_s: float) -> tuple[float, int]:
    """Read until a moment; a plain stream does not tell what was missed."""
    times_s: list[float] = []
    async for _, jpeg in parts(port):
        if kind == "pixels":
            assert simplejpeg.decode_jpeg(jpeg, fastdct=True)[::100].any()
        times_s.append(time.monotonic())
        if time.monotonic() >= until_s:
            break
    return rate(times_s), 0


async def main(source: str, count: str, stream: str, seconds: str) -> None:
    """Read with so many readers."""
    until_s = time.monotonic() + float(seconds)
    reads = [
        read_theirs(int(source), stream, until_s)
        if source.isdecimal()
        else read_ours(Path(source), stream, until_s)
        for _ in range(int(count))
    ]
    used_s = time.process_time()
    results = await asyncio.gather(*reads)
    print(
        json.dumps(
            {
                "fps": sum(fps for fps, _ in results) / len(results),
                "missed": sum(missed for _, missed in results),
                "cpu": (time.process_time() - used_s) / float(seconds) * 100,
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
