"""The peers: plain programs with the daemon's simulated camera, as one writes them first.

Run as ``python -m benchmarks.hardware.plain KIND WIDTH HEIGHT``. ``mjpeg`` has the shape of
picamera2's example ``mjpeg_server.py``: one output with a condition, each frame encoded, a thread
for each viewer; ``/set?Brightness=0.3`` writes a control. ``opencv`` writes each frame to a file
with ``cv2.imwrite``, ``camera`` drops it. Prints its port, and ends when its input does.
"""

import socketserver
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http import server
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import cv2
import simplejpeg

from hardware.camera import Frame
from hardware.camera.simulated import SimulatedCamera
from vizy.state import Size

Sink = Callable[[Frame], None]

FPS = 30
QUALITY = 80


class StreamingOutput:
    """The newest JPEG, and a condition that tells of it."""

    def __init__(self) -> None:
        self.frame = b""
        self.timestamp_ns = 0
        self.condition = threading.Condition()

    def write(self, frame: Frame) -> None:
        """Encode a frame and wake every viewer."""
        jpeg = simplejpeg.encode_jpeg(
            frame.pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="420", fastdct=True
        )
        with self.condition:
            self.frame = jpeg
            self.timestamp_ns = frame.timestamp_ns
            self.condition.notify_all()


class StreamingHandler(server.BaseHTTPRequestHandler):
    """Sends multipart JPEG for as long as somebody reads."""

    output: StreamingOutput
    camera: SimulatedCamera
    lock: threading.Lock

    def do_GET(self) -> None:
        """Answer."""
        if self.path.startswith("/set"):
            values = {k: float(v) for k, v in parse_qsl(urlsplit(self.path).query)}
            with self.lock:
                self.camera.set_controls(values | {"AeEnable": False})
            self.send_response(204)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=FRAME")
        self.end_headers()
        try:
            while True:
                with self.output.condition:
                    self.output.condition.wait()
                    frame, timestamp_ns = self.output.frame, self.output.timestamp_ns
                self.wfile.write(b"--FRAME\r\n")
                self.send_header("Content-Type", "image/jpeg")
                self.send_header("Content-Length", str(len(frame)))
                self.send_header("X-Timestamp", str(timestamp_ns))
                self.end_headers()
                self.wfile.write(frame)
                self.wfile.write(b"\r\n")
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own
        """Say nothing."""


class StreamingServer(socketserver.ThreadingMixIn, server.HTTPServer):
    """A thread for each viewer."""

    allow_reuse_address = True
    daemon_threads = True


def serve(camera: SimulatedCamera, lock: threading.Lock) -> StreamingOutput:
    """Serve on any free port and print it."""
    output = StreamingOutput()
    handler = type(
        "Handler", (StreamingHandler,), {"output": output, "camera": camera, "lock": lock}
    )
    served = StreamingServer(("127.0.0.1", 0), handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    print(served.server_port, flush=True)
    return output


def sink(kind: str, folder: Path, camera: SimulatedCamera, lock: threading.Lock) -> Sink:
    """Return what is done with each frame, and print the port."""
    if kind == "mjpeg":
        return serve(camera, lock).write
    print(0, flush=True)
    if kind == "camera":
        return lambda _: None

    def write(frame: Frame) -> None:
        picture = cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / "frame.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])

    return write


def main(kind: str, width: str, height: str) -> None:
    """Take frames at their rate until the input ends."""
    camera, lock, ended = SimulatedCamera(), threading.Lock(), threading.Event()
    camera.open()
    camera.start_stream(Size(int(width), int(height)), FPS)
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        take = sink(kind, Path(folder), camera, lock)
        while not ended.is_set():
            with lock:
                frame = camera.poll_frame()
            if frame is None:
                time.sleep(camera.frame_due_s())
            else:
                take(frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
