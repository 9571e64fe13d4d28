"""`Choice`: which rung of the ladder one page gets: what it can use, as far as its link carries.

Used by `web.video.live` on the web loop. Does no I/O and reads no clock: times are handed in.

A link is too slow when it is busy with a picture for longer than it is until the next one. That is
not held against it once: what is late adds up, what is early is taken off, and a quarter of a
second of it moves the page down, at once to where its pictures will be in time. Up it goes one rung
at a time, after the larger pictures would have had room to spare for a while; the while doubles
each time that turns out wrong.
"""

from typing import Literal

from web.video.variants import Ladder, Variant
from web.video.window import Delivery

Asked = Literal["auto", "high", "low"]

_LATE_S = 0.25  # so much in sum, and the link is too slow
_LATE_EACH_S = 0.15  # one picture counts no more than that: a hiccup is none
_SPARE = 0.6  # of the time between frames, for the larger pictures to fit with room to spare
_PATIENCE_S = (5.0, 80.0)  # how long they must fit, at first and at most
_PROVED_S = 20.0  # after so long on a higher rung it was right
_SMOOTHING = 0.3  # of each new measurement of the link's pace
_SHARP = 0.9  # a picture so much narrower than the space for it still looks sharp
_SAVING_RUNG = 2


class Choice:
    """Chooses for one page.

    Args:
        ladder: What there is to choose from.

    Attributes:
        ladder: That; replaced when the camera's own picture has another size.
        asked: ``high``: always as the camera gives it; ``low``: always the smallest; ``auto``.
        shown_px: How wide the page shows the picture, in its display's own pixels; None: unknown.
        is_saving: Whether the page's owner asked the browser to save data.
    """

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self.asked: Asked = "auto"
        self.shown_px: int | None = None
        self.is_saving = False
        self._carried = 0  # the highest rung that the link carries
        self._pace: float | None = None  # of the link, seconds a byte
        self._late_s = 0.0
        self._fits_since_s: float | None = None
        self._patience_s = _PATIENCE_S[0]
        self._climbed_s: float | None = None

    @property
    def variant(self) -> Variant:
        """What the page gets."""
        return self.ladder.rungs[self._rung]

    @property
    def is_weak(self) -> bool:
        """Whether the link is what keeps the page from all pictures in the size it can use."""
        is_held_down = self.asked == "auto" and self._carried > self._useful
        return is_held_down or self._late_s >= _LATE_S

    def delivered(self, delivery: Delivery, interval_s: float, now_s: float) -> None:
        """Note what an ack says.

        Args:
            delivery: About one picture.
            interval_s: From one frame of the camera to the next; 0 while that is not known.
            now_s: When the ack came.
        """
        pace = delivery.took_s / max(delivery.length, 1)
        self._pace = pace if self._pace is None else self._pace + _SMOOTHING * (pace - self._pace)
        if not interval_s or self.ladder.width(delivery.variant) > self.ladder.width(self.variant):
            return  # sent before the page was moved down
        late_s = min(delivery.took_s - interval_s, _LATE_EACH_S)
        self._late_s = min(max(self._late_s + late_s, 0.0), _LATE_S)
        if self.asked != "auto":
            return
        if self._late_s >= _LATE_S:
            self._go_down(delivery, interval_s, now_s)
        elif self._rung == self._carried > 0:
            self._look_up(delivery, interval_s, now_s)

    @property
    def _rung(self) -> int:
        last = len(self.ladder.rungs) - 1
        if self.asked != "auto":
            return 0 if self.asked == "high" else last
        return max(self._carried, self._useful)

    @property
    def _useful(self) -> int:
        """The smallest rung that still looks sharp where the page shows it."""
        useful = _SAVING_RUNG if self.is_saving else 0
        if self.shown_px is None:
            return useful
        for number, variant in enumerate(self.ladder.rungs):
            if self.ladder.width(variant) >= self.shown_px * _SHARP:
                useful = max(useful, number)
        return useful

    def _go_down(self, delivery: Delivery, interval_s: float, now_s: float) -> None:
        """Move to the largest smaller rung whose pictures will be in time."""
        last = len(self.ladder.rungs) - 1
        if self._rung == last:
            return  # it stays late, and weak
        if self._climbed_s is not None and now_s - self._climbed_s < _PROVED_S:
            self._patience_s = min(2 * self._patience_s, _PATIENCE_S[1])
        below = range(self._rung + 1, last)
        fitting = (n for n in below if self._expected_s(n, delivery) <= interval_s)
        self._carried = next(fitting, last)
        self._late_s = 0.0
        self._climbed_s = self._fits_since_s = None

    def _look_up(self, delivery: Delivery, interval_s: float, now_s: float) -> None:
        """Move one rung up once the larger pictures have fitted for long enough."""
        if self._climbed_s is not None and now_s - self._climbed_s >= _PROVED_S:
            self._climbed_s, self._patience_s = None, _PATIENCE_S[0]
        if self._expected_s(self._carried - 1, delivery) > _SPARE * interval_s:
            self._fits_since_s = None
        elif self._fits_since_s is None:
            self._fits_since_s = now_s
        elif now_s - self._fits_since_s >= self._patience_s:
            self._carried -= 1
            self._climbed_s, self._fits_since_s = now_s, None

    def _expected_s(self, rung: int, like: Delivery) -> float:
        """Return how long the link would be busy with a picture of another rung."""
        assert self._pace is not None
        scale = self.ladder.cost(self.ladder.rungs[rung]) / self.ladder.cost(like.variant)
        return self._pace * like.length * scale
