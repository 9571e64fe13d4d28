"""1280x720 at 30/s with one and with ten readers: processor time of the process with the camera.

All have the same simulated camera, whose drawing is most of the work: in the daemon it has a thread
of its own, the busiest, whose share stands beside. The plain programs draw and encode on one; the
"camera alone" is a program that takes the frames and drops them. A target counts as reached only if
the frames came at their rate: on a busy machine they do not, and every figure is too small.
"""

import json
import time
from typing import Any

from benchmarks.hardware.process import Usage, child, daemon
from benchmarks.table import Row, say

SECONDS = 20.0
SETTLING_S = 3.0
LIMIT = 25.0
MORE = 2.0  # percent of a core: a notice for each reader and frame
SIZE = (1280, 720)
LEAST_FPS = 28.0
MEASURED = "1280x720 at 30/s, % of a core"


def read(pid: int, source: object, count: int, stream: str) -> tuple[float, float, dict[str, Any]]:
    """Read for a while; return the whole process, its busiest thread, and what the readers say."""
    with child("readers", source, count, stream, SECONDS + 2 * SETTLING_S) as readers:
        time.sleep(SETTLING_S)
        before = Usage.of(pid)
        time.sleep(SECONDS)
        whole, busiest = Usage.of(pid).since(before)
        assert readers.stdout
        return whole, busiest, json.loads(readers.stdout.readline())


def watch(kind: str, size: tuple[int, int]) -> float:
    """Return percent of a core of a plain program that nobody reads."""
    with child("plain", kind, *size) as program:
        assert program.stdout
        program.stdout.readline()
        time.sleep(SETTLING_S)
        before = Usage.of(program.pid)
        time.sleep(SECONDS)
        return Usage.of(program.pid).since(before)[0]


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []

    def note(row: Row) -> None:
        made.append(row)
        say(f"{MEASURED}: {row.peer}: {row.result}")

    note(Row(MEASURED, "camera alone", f"{watch('camera', SIZE):.1f} %"))
    note(Row(MEASURED, "OpenCV writing each frame", f"{watch('opencv', SIZE):.1f} %"))
    plain: dict[int, float] = {}
    with child("plain", "mjpeg", *SIZE) as program:
        assert program.stdout
        port = int(program.stdout.readline())
        for count in (1, 10):
            plain[count], _, said = read(program.pid, port, count, "jpeg")
            result = f"{count} reading: {plain[count]:.1f} %, each sees {said['fps']:.1f}/s"
            note(Row(MEASURED, "plain MJPEG server", result))
    ours: dict[int, float] = {}
    with daemon() as running:
        for count in (1, 10):
            path = running.settings.frames_socket
            whole, camera, said = read(running.pid, path, count, "encoded")
            ours[count] = whole
            result = (
                f"{count} reading: {whole:.1f} % (camera {camera:.1f}, all else "
                f"{whole - camera:.1f}), each sees {said['fps']:.1f}/s"
            )
            ratio = f"{whole / plain[count]:.2f}"
            if count == 1:
                note(Row(MEASURED, "ours", result, ratio))
            else:
                is_reached = whole < LIMIT and said["fps"] >= LEAST_FPS
                note(Row(MEASURED, "ours", result, ratio, f"< {LIMIT:g} %", is_reached))
    more = ours[10] - ours[1]
    note(Row(MEASURED, "ours", f"{more:+.1f} % for nine more", "", f"≤ {MORE:g} %", more <= MORE))
    return made
