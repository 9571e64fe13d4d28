"""`FaultyCamera`: the faults that a camera can be told to have, as plain methods.

A back end that inherits it beside `Camera` calls the methods with an underscore where it would
touch a real camera. Faults are told on any thread; the camera's owner thread meets them.
"""

import random
from collections.abc import Callable

from vizy.errors import CameraError

_SLICE_S = 0.05  # how soon a hanging call notices that it may return
_PATIENCE_NS = 5_000_000_000


class FaultyCamera:
    """What is wrong with a camera; nothing at first.

    Args:
        seed: Of which frames are lost.
        sleep: Waits that many seconds; for what hangs.
    """

    def __init__(self, seed: int, sleep: Callable[[float], None]) -> None:
        self._fault_sleep = sleep
        self._fate = random.Random(seed)
        self._failure: Exception | None = None
        self._stall_s = 0.0
        self._hang_s = 0.0
        self._to_drop = 0
        self._loss = 0.0
        self._is_unplugged = False
        self._lost_since_ns: int | None = None
        self._clears = 0

    def fail_next(self, failure: Exception) -> None:
        """Make the next call that touches the camera raise this."""
        self._failure = failure

    def run_out_of_buffers(self) -> None:
        """Make the next call that touches the camera find no memory for a frame."""
        self.fail_next(
            CameraError(
                "the camera ran out of buffers: it is opened again; if that repeats, choose a "
                "smaller camera.width and camera.height"
            )
        )

    def stall(self, seconds: float) -> None:
        """Make the next call that touches the camera take that long."""
        self._stall_s = seconds

    def hang_control(self, seconds: float) -> None:
        """Make the next write of controls take that long."""
        self._hang_s = seconds

    def drop_frames(self, count: int) -> None:
        """Lose the next ``count`` frames, as a glitch on the cable does."""
        self._to_drop = count

    def lose(self, share: float) -> None:
        """Lose this share of all frames, as a bad cable does, until `clear_faults`."""
        self._loss = share

    def unplug(self) -> None:
        """Pull the cable: whatever touches the camera fails, opening it as well, until `plug`."""
        self._is_unplugged = True

    def plug(self) -> None:
        """Put the cable back."""
        self._is_unplugged = False

    def clear_faults(self) -> None:
        """Make all well again; a call that hangs returns."""
        self._failure = None
        self._stall_s = self._hang_s = self._loss = 0.0
        self._to_drop = 0
        self._is_unplugged = False
        self._clears += 1

    def _touch(self) -> None:
        """Meet what waits for the next call that touches the camera."""
        stall_s, self._stall_s = self._stall_s, 0.0
        self._hang(stall_s)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        if self._is_unplugged:
            raise CameraError("the camera is not there: plug it in, it is opened again by itself")

    def _touch_control(self) -> None:
        """Meet what waits for the next write of controls."""
        hang_s, self._hang_s = self._hang_s, 0.0
        self._hang(hang_s)
        self._touch()

    def _loses_frame(self, now_ns: int) -> bool:
        """Tell whether the frame that is due is lost.

        Raises:
            CameraError: None came for so long that the camera must be opened again.
        """
        is_dropped = self._to_drop > 0
        self._to_drop -= is_dropped
        if not is_dropped and (self._loss == 0.0 or self._fate.random() >= self._loss):
            self._lost_since_ns = None
            return False
        if self._lost_since_ns is None:
            self._lost_since_ns = now_ns
        if now_ns - self._lost_since_ns > _PATIENCE_NS:
            self._lost_since_ns = None
            raise CameraError(f"the camera sent no frame for {_PATIENCE_NS / 1e9:g} s")
        return True

    def _hang(self, seconds: float) -> None:
        left_s, clears = seconds, self._clears
        while left_s > 0 and clears == self._clears:
            self._fault_sleep(min(left_s, _SLICE_S))
            left_s -= _SLICE_S
