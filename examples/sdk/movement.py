"""Whatever moves is photographed. Runs on the device: it looks at the pixels themselves."""

import argparse
import time

import numpy as np

from vizy import Vizy

CHANGED = 25  # of 255: less is noise


def main() -> None:
    """Compare each frame with the one before, and take a picture when much has changed."""
    typed = argparse.ArgumentParser()
    typed.add_argument("--share", type=float, default=0.01, help="of the picture, 0 to 1")
    typed.add_argument("--pictures", type=int, default=10)
    typed.add_argument("--rest", type=float, default=5.0, help="seconds from one to the next")
    wanted = typed.parse_args()
    with Vizy() as vizy:
        last, taken, rests_until = None, 0, 0.0
        for frame in vizy.camera.raw_frames():
            small = frame.array()[::8, ::8].astype(np.int16)
            moved = 0.0 if last is None else np.mean(np.abs(small - last) > CHANGED)
            last = small
            if moved >= wanted.share and time.monotonic() >= rests_until:
                capture = vizy.camera.capture()
                capture.tag("movement")
                print(f"{capture.id}: {moved:.1%} of the picture moved", flush=True)
                taken, rests_until = taken + 1, time.monotonic() + wanted.rest
                if taken == wanted.pictures:
                    return


if __name__ == "__main__":
    main()
