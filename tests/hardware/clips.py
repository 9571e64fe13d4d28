"""Small real videos for tests, as the recorder writes them: H.264 in fragmented MP4."""

from pathlib import Path

import av
import numpy as np

FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


def write_clip(path: Path, *, seconds: int = 2, comment: str = "") -> Path:
    """Write ten frames a second, dark to the left and light to the right, a fragment a second."""
    pixels = np.zeros((48, 640, 3), np.uint8)
    pixels[:, 320:] = 255
    with av.open(str(path), "w", format="mp4", options={"movflags": FRAGMENTED}) as video:
        if comment:
            video.metadata["comment"] = comment
        stream = video.add_stream("libx264", rate=10, options={"g": "10", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 48, "yuv420p"
        for _ in range(seconds * 10):
            video.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        video.mux(stream.encode())
    return path
