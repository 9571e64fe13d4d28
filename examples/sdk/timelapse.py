"""What grows on the windowsill, picture by picture, saved to this computer.

python timelapse.py seedlings --pictures 100 --every 60
"""

import argparse
from pathlib import Path

from vizy import Vizy
from vizy.jobs import JobState


def show(job: JobState) -> None:
    """Say how far it is."""
    print(f"{job.done} of {job.total} pictures, {job.missed} missed", flush=True)


def main() -> None:
    """Take the pictures there, then save them here; Ctrl-C stops it and saves what there is."""
    typed = argparse.ArgumentParser()
    typed.add_argument("folder", type=Path)
    typed.add_argument("--pictures", type=int, default=100)
    typed.add_argument("--every", type=float, default=60.0, help="seconds")
    wanted = typed.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with Vizy() as vizy:
        job = vizy.camera.timelapse(wanted.every, count=wanted.pictures)
        try:
            job.wait(progress=show)
        except KeyboardInterrupt:
            job.stop()
        for capture in job.captures():
            print(capture.save(wanted.folder))


if __name__ == "__main__":
    main()
