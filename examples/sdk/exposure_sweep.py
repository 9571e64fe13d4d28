"""How bright is the picture at each exposure time? A table for a physics lesson."""

import numpy as np

from vizy import Vizy

TIMES_US = np.geomspace(625, 20_000, 6).astype(int)


def main() -> None:
    """Set the exposure by hand, take a picture at each, and put all back as it was."""
    means: list[float] = []
    with Vizy() as vizy:
        controls = vizy.camera.controls
        before = controls.read()
        try:
            for time in TIMES_US:
                controls.set(AeEnable=False, AnalogueGain=1.0, ExposureTime=int(time))
                capture = vizy.camera.capture()
                means.append(float(capture.image().mean()))
                capture.delete()
        finally:
            controls.set(before)
    print("exposure/µs  brightness  of white")
    for time, mean in np.column_stack([TIMES_US, np.array(means)]):
        print(f"{time:11.0f}  {mean:10.1f}  {mean / 255:8.0%}")


if __name__ == "__main__":
    main()
