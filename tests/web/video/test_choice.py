"""Which size a page gets, over links that exist only as numbers."""

import itertools

import pytest

from web.video.choice import Choice
from web.video.variants import NATIVE, Ladder, Variant
from web.video.window import AckWindow

LADDER = Ladder(1280)
RUNGS = LADDER.rungs
INTERVAL_S = 1 / 30
NATIVE_BYTES = 60_000
NATIVE_BITS = NATIVE_BYTES * 8 * 30  # a second, of all pictures in the camera's own size


class Link:
    """A page behind a link: pictures come at the camera's rate, two are under way at most.

    Attributes:
        bits: That the link carries a second.
        got: When each picture came, and of which variant it was.
    """

    def __init__(self, choice: Choice, bits: float, *, round_trip_s: float = 0.004) -> None:
        self.choice = choice
        self.bits = bits
        self.now_s = 0.0
        self.got: list[tuple[float, Variant]] = []
        self._back_s = round_trip_s / 2
        self._window = AckWindow(2)
        self._window.pong(round_trip_s)
        self._free_s = 0.0
        self._under_way: list[tuple[float, int, Variant]] = []

    def watch(self, seconds: float) -> None:
        """Let time go by."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += INTERVAL_S
            self._ack()
            if self._window.has_room:
                self._send()

    def hiccup(self, seconds: float) -> None:
        """Let the link carry nothing for a while."""
        self._free_s = max(self._free_s, self.now_s) + seconds

    def rate(self, seconds: float) -> float:
        """Return how many pictures came a second, lately."""
        return sum(at_s > self.now_s - seconds for at_s, _ in self.got) / seconds

    def _send(self) -> None:
        variant = self.choice.variant
        length = round(NATIVE_BYTES * LADDER.cost(variant) / LADDER.cost(NATIVE))
        number = self._window.send(variant, length, self.now_s)
        self._free_s = max(self._free_s, self.now_s) + length * 8 / self.bits
        self._under_way.append((self._free_s + self._back_s, number, variant))

    def _ack(self) -> None:
        while self._under_way and self._under_way[0][0] + self._back_s <= self.now_s:
            arrived_s, number, variant = self._under_way.pop(0)
            acked_s = arrived_s + self._back_s
            self.got.append((arrived_s, variant))
            delivery = self._window.ack(number, 0.0, acked_s)
            assert delivery is not None
            self.choice.delivered(delivery, INTERVAL_S, acked_s)


@pytest.fixture
def choice() -> Choice:
    return Choice(LADDER)


def test_a_page_starts_with_the_cameras_own_size(choice: Choice) -> None:
    assert choice.variant == NATIVE
    assert not choice.is_weak


def test_a_good_link_keeps_it_at_the_full_rate(choice: Choice) -> None:
    link = Link(choice, 5 * NATIVE_BITS)
    link.watch(60)
    assert {variant for _, variant in link.got} == {NATIVE}
    assert link.rate(10) == pytest.approx(30, abs=1)
    assert not choice.is_weak


@pytest.mark.parametrize(
    ("share", "expected"), [(0.9, 1), (0.7, 1), (0.5, 2), (0.3, 2), (0.25, 3), (0.05, 3)]
)
def test_a_slow_link_gets_the_largest_size_that_it_carries_at_the_full_rate(
    choice: Choice, share: float, expected: int
) -> None:
    link = Link(choice, share * NATIVE_BITS)
    link.watch(4)
    assert choice.variant == RUNGS[expected]
    assert choice.is_weak
    link.watch(4)
    if share > 0.1:
        assert link.rate(2) >= 25


def test_a_slow_link_is_seen_within_a_few_pictures(choice: Choice) -> None:
    link = Link(choice, 1_000_000)
    while choice.variant == NATIVE:
        link.watch(INTERVAL_S)
    assert len(link.got) <= 3
    assert choice.variant == RUNGS[-1]


def test_a_link_of_one_megabit_stays_at_the_smallest_and_weak(choice: Choice) -> None:
    link = Link(choice, 1_000_000)
    link.watch(120)
    assert choice.variant == RUNGS[-1]
    assert choice.is_weak
    smallest = sum(variant == RUNGS[-1] for _, variant in link.got)
    assert smallest >= len(link.got) - 5


def test_a_long_way_alone_makes_nothing_smaller(choice: Choice) -> None:
    link = Link(choice, 10 * NATIVE_BITS, round_trip_s=0.3)
    link.watch(30)
    assert choice.variant == NATIVE
    assert not choice.is_weak


def test_a_hiccup_makes_nothing_smaller(choice: Choice) -> None:
    link = Link(choice, 5 * NATIVE_BITS)
    for _ in range(5):
        link.watch(5)
        link.hiccup(0.4)
    link.watch(1)
    assert choice.variant == NATIVE


def test_a_link_that_gets_better_is_climbed_rung_by_rung_and_slowly(choice: Choice) -> None:
    link = Link(choice, 0.05 * NATIVE_BITS)
    link.watch(3)
    link.bits = 5 * NATIVE_BITS
    seen = [choice.variant]
    began_s = link.now_s
    while choice.variant != NATIVE:
        link.watch(INTERVAL_S)
        if choice.variant != seen[-1]:
            seen.append(choice.variant)
    assert tuple(seen) == RUNGS[::-1]
    assert link.now_s - began_s >= 15
    assert not choice.is_weak


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.03, 1.2, 1.5])
def test_a_steady_link_settles(choice: Choice, share: float) -> None:
    link = Link(choice, share * NATIVE_BITS)
    link.watch(30)
    settled = len(link.got)
    link.watch(120)
    assert len({variant for _, variant in link.got[settled:]}) == 1


def test_a_link_that_promises_more_than_it_holds_is_tried_ever_less_often(choice: Choice) -> None:
    link = Link(choice, 0.5 * NATIVE_BITS)
    link.watch(3)
    below = choice.variant
    falls: list[float] = []
    while len(falls) < 4:
        link.bits = (5 if choice.variant == below else 0.5) * NATIVE_BITS
        before = choice.variant
        link.watch(INTERVAL_S)
        if choice.variant == below != before:
            falls.append(link.now_s)
    pauses = [after - before for before, after in itertools.pairwise(falls)]
    assert pauses[1] > 1.5 * pauses[0]
    assert pauses[2] > 1.5 * pauses[1]


@pytest.mark.parametrize(
    ("shown_px", "expected"),
    [(200, 3), (416, 3), (462, 3), (463, 2), (711, 2), (712, 1), (1066, 1), (1067, 0), (4000, 0)],
)
def test_no_more_is_sent_than_the_page_shows(choice: Choice, shown_px: int, expected: int) -> None:
    choice.shown_px = shown_px
    assert choice.variant == RUNGS[expected]
    assert not choice.is_weak


def test_a_page_that_grows_gets_more_at_once(choice: Choice) -> None:
    choice.shown_px = 300
    link = Link(choice, 5 * NATIVE_BITS)
    link.watch(1)
    choice.shown_px = 1280
    assert choice.variant == NATIVE


def test_a_small_page_on_a_slow_link_gets_the_smaller_of_both(choice: Choice) -> None:
    choice.shown_px = 700
    link = Link(choice, 0.02 * NATIVE_BITS)
    link.watch(3)
    assert choice.variant == RUNGS[3]


def test_a_browser_that_saves_data_gets_half_the_size_at_most(choice: Choice) -> None:
    choice.is_saving = True
    assert choice.variant == RUNGS[2]
    choice.shown_px = 200
    assert choice.variant == RUNGS[3]


def test_who_asks_for_high_gets_it_on_any_link_and_is_told_that_it_is_weak(
    choice: Choice,
) -> None:
    choice.asked = "high"
    choice.is_saving, choice.shown_px = True, 100
    link = Link(choice, 0.1 * NATIVE_BITS)
    link.watch(10)
    assert {variant for _, variant in link.got} == {NATIVE}
    assert choice.is_weak


def test_who_asks_for_low_gets_it_on_any_link(choice: Choice) -> None:
    choice.asked = "low"
    link = Link(choice, 5 * NATIVE_BITS)
    link.watch(10)
    assert {variant for _, variant in link.got} == {RUNGS[-1]}
    assert not choice.is_weak


def test_another_size_of_the_camera_has_another_ladder(choice: Choice) -> None:
    choice.shown_px = 640
    choice.ladder = Ladder(640)
    assert choice.variant == NATIVE


@pytest.mark.parametrize("native_width", [64, 640, 1280, 1332, 1920, 4096])
def test_a_ladder_gets_smaller_from_rung_to_rung(native_width: int) -> None:
    ladder = Ladder(native_width)
    widths = [ladder.width(rung) for rung in ladder.rungs]
    assert len(widths) == 4
    assert widths == sorted(set(widths), reverse=True)
    costs = [ladder.cost(rung) for rung in ladder.rungs]
    assert costs == sorted(costs, reverse=True)
    assert all(rung.width is None or rung.width >= 16 for rung in ladder.rungs)


def test_before_the_cameras_rate_is_known_nothing_is_decided(choice: Choice) -> None:
    window = AckWindow(1)
    for number in range(1, 20):
        window.send(NATIVE, NATIVE_BYTES, float(number))
        delivery = window.ack(number, 0.0, number + 0.9)
        assert delivery is not None
        choice.delivered(delivery, 0.0, number + 0.9)
    assert choice.variant == NATIVE
