"""The peers: Flask programs with the same camera, as one writes them first.

Run as ``python -m benchmarks.web.plain KIND``. ``broadcast`` encodes each frame once and has a
thread for each viewer that waits for the newest; ``each`` encodes it in each viewer's thread. The
page at ``/`` shows the stream in an ``<img>``. Prints its port, and ends when its input does.
"""

import logging
import sys
import threading
import time
from collections.abc import Iterator

import simplejpeg
from flask import Flask, Response
from werkzeug.serving import make_server

from benchmarks.web.stamped import StampedCamera
from hardware.camera import Frame
from vizy.state import Size

FPS = 30
QUALITY = 80
PAGE = "<!doctype html><title>plain</title><img id=picture src=/stream.mjpg width=1280 height=720>"


def encoded(frame: Frame) -> bytes:
    """Return a frame as the daemon encodes it."""
    return simplejpeg.encode_jpeg(
        frame.pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="420", fastdct=True
    )


class Output:
    """The newest frame, as pixels and where it is shared as JPEG, and a condition that tells."""

    def __init__(self, kind: str) -> None:
        self._is_shared = kind == "broadcast"
        self._news = threading.Condition()
        self._frame: Frame | None = None
        self._jpeg = b""

    def write(self, frame: Frame) -> None:
        """Take a frame and wake every viewer."""
        jpeg = encoded(frame) if self._is_shared else b""
        with self._news:
            self._frame, self._jpeg = frame, jpeg
            self._news.notify_all()

    def parts(self) -> Iterator[bytes]:
        """Yield each frame as a part of a multipart stream, for ever."""
        while True:
            with self._news:
                self._news.wait()
                frame, jpeg = self._frame, self._jpeg
            assert frame
            jpeg = jpeg or encoded(frame)
            head = f"Content-Length: {len(jpeg)}\r\nX-Timestamp: {frame.timestamp_ns}\r\n\r\n"
            yield b"--frame\r\nContent-Type: image/jpeg\r\n" + head.encode() + jpeg + b"\r\n"


def serve(output: Output) -> int:
    """Serve on any free port and return it."""
    app = Flask("plain")
    app.add_url_rule("/", "page", lambda: PAGE)
    kind = "multipart/x-mixed-replace; boundary=frame"
    app.add_url_rule("/stream.mjpg", "stream", lambda: Response(output.parts(), mimetype=kind))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def main(kind: str) -> None:
    """Take frames at their rate until the input ends."""
    output, camera, ended = Output(kind), StampedCamera(), threading.Event()
    camera.open()
    camera.start_stream(Size(1280, 720), FPS)
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print(serve(output), flush=True)
    while not ended.is_set():
        frame = camera.poll_frame()
        if frame is None:
            time.sleep(camera.frame_due_s())
        else:
            output.write(frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
