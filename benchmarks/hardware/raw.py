"""Raw 1920x1080 at 30/s to a second process: processor time for the transport, on both sides.

Ours: all of the daemon but its camera's thread, and the reader, which touches every hundredth row
in place. A plain program has nothing raw to offer, so its reader decodes JPEG.
"""

from benchmarks.hardware.process import child, daemon
from benchmarks.hardware.stream import LEAST_FPS, read, watch
from benchmarks.table import Row, say

SIZE = (1920, 1080)
LIMIT = 5.0
MEASURED = "1920x1080 pixels to a second process at 30/s, % of a core"


def rows() -> list[Row]:
    """Measure both."""
    alone = watch("camera", SIZE)
    with child("plain", "mjpeg", *SIZE) as program:
        assert program.stdout
        port = int(program.stdout.readline())
        whole, _, said = read(program.pid, port, 1, "pixels")
    plain = whole - alone + said["cpu"]
    plain_row = Row(
        MEASURED,
        "plain MJPEG server",
        f"encode and send {whole - alone:.1f} (camera alone {alone:.1f}), receive and decode "
        f"{said['cpu']:.1f}, {said['fps']:.1f}/s",
    )
    with daemon(VIZY_CAMERA_WIDTH=str(SIZE[0]), VIZY_CAMERA_HEIGHT=str(SIZE[1])) as running:
        whole, camera, said = read(running.pid, running.settings.frames_socket, 1, "raw")
    ours = whole - camera + said["cpu"]
    result = (
        f"daemon {whole - camera:.1f} (camera {camera:.1f}), reader {said['cpu']:.1f}, "
        f"{said['fps']:.1f}/s, {said['missed']} missed"
    )
    is_reached = ours < LIMIT and said["fps"] >= LEAST_FPS
    ours_row = Row(MEASURED, "ours", result, f"{ours / plain:.2f}", f"< {LIMIT:g} %", is_reached)
    for row in (plain_row, ours_row):
        say(f"{MEASURED}: {row.peer}: {row.result}")
    return [plain_row, ours_row]
