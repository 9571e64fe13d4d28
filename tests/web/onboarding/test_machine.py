"""When the access point opens and closes, by a clock that the test turns."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from web.onboarding.machine import Action, Machine, Phase, Seen, Times

TIMES = Times()
ALONE = Seen()
KNOWS = Seen(knows_networks=True)
OPEN = Seen(is_open=True)
CONNECTED = Seen(is_connected=True, knows_networks=True)


class Story:
    """A machine and its clock; each step is looked at once a second."""

    def __init__(self) -> None:
        self.machine, self.now, self.visited_at = Machine(), 1000.0, 0.0

    def sees(self, seen: Seen | None) -> Action | None:
        return self.machine.step(self.now, seen, self.visited_at)

    def until(self, seen: Seen | None, most_s: float) -> tuple[Action | None, float]:
        """Return the first action while the same is seen, and after how many seconds."""
        begun = self.now
        while self.now - begun <= most_s:
            if action := self.sees(seen):
                return action, self.now - begun
            self.now += 1
        return None, most_s


def test_without_a_known_network_or_cable_it_opens_as_soon_as_that_is_sure() -> None:
    assert Story().until(ALONE, 100) == (Action.OPEN, TIMES.settle_s)


def test_a_known_network_or_a_cable_is_given_time_after_the_start() -> None:
    for seen in (KNOWS, Seen(has_cable=True)):
        assert Story().until(seen, 100) == (Action.OPEN, TIMES.start_s)
    making = replace(KNOWS, is_connecting=True)
    assert Story().until(making, 200) == (Action.OPEN, TIMES.start_s + TIMES.connecting_s)


def test_the_time_counts_from_when_network_manager_is_there() -> None:
    story = Story()
    assert story.until(None, 500) == (None, 500)
    assert story.until(KNOWS, 100) == (Action.OPEN, TIMES.start_s)


def test_nothing_is_done_while_a_network_works() -> None:
    assert Story().until(CONNECTED, 10_000) == (None, 10_000)


def test_a_cable_closes_it_after_a_while_and_one_that_is_pulled_at_once_does_not() -> None:
    story = Story()
    both = Seen(is_open=True, is_connected=True)
    story.sees(OPEN)
    assert story.until(both, TIMES.close_s - 2) == (None, TIMES.close_s - 2)
    assert story.sees(OPEN) is None
    assert story.until(both, 100) == (Action.CLOSE, TIMES.close_s)


def test_a_network_that_is_lost_is_waited_for_and_one_that_comes_back_ends_that() -> None:
    story = Story()
    story.sees(CONNECTED)
    assert story.until(KNOWS, TIMES.lost_s - 2) == (None, TIMES.lost_s - 2)
    assert story.sees(CONNECTED) is None
    assert story.until(KNOWS, 1000) == (Action.OPEN, TIMES.lost_s)


def test_a_lost_cable_without_a_known_wifi_opens_it_soon() -> None:
    story = Story()
    story.sees(Seen(is_connected=True, has_cable=True))
    assert story.until(ALONE, 1000) == (Action.OPEN, TIMES.settle_s)


def test_known_networks_are_tried_again_once_nobody_uses_it() -> None:
    story = Story()
    known = replace(OPEN, knows_networks=True)
    story.sees(known)
    assert story.until(known, 1000) == (Action.TRY, TIMES.quiet_s)
    assert story.until(KNOWS, 1000) == (Action.OPEN, TIMES.try_s)
    story.sees(known)
    story.now += TIMES.quiet_s - 1
    story.visited_at = story.now
    assert story.until(known, 1000) == (Action.TRY, TIMES.quiet_s)


def test_a_known_network_that_is_back_is_kept() -> None:
    story = Story()
    known = replace(OPEN, knows_networks=True)
    story.until(known, 1000)
    assert story.until(replace(KNOWS, is_connecting=True), TIMES.try_s + 10)[0] is None
    assert story.until(CONNECTED, 1000)[0] is None
    assert story.machine.phase is Phase.CONNECTED


def test_without_a_known_network_it_stays_open_for_good() -> None:
    story = Story()
    story.sees(OPEN)
    assert story.until(OPEN, 10_000) == (None, 10_000)


def test_one_that_cannot_be_opened_is_tried_again_after_a_pause() -> None:
    story = Story()
    story.until(ALONE, 100)
    story.machine.failed(story.now)
    assert story.until(ALONE, 100) == (Action.OPEN, TIMES.retry_s)


def test_network_manager_that_is_started_anew_begins_anew() -> None:
    story = Story()
    story.sees(OPEN)
    story.sees(None)
    assert story.until(ALONE, 100) == (Action.OPEN, TIMES.settle_s)


def test_a_person_who_joins_elsewhere_is_given_time_when_it_closes_by_that() -> None:
    story = Story()
    story.sees(OPEN)
    making = Seen(is_connecting=True, knows_networks=True)
    assert story.until(making, 1000) == (Action.OPEN, TIMES.start_s + TIMES.connecting_s)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 120),
            st.none() | st.builds(Seen, **{name: st.booleans() for name in Seen.__annotations__}),
            st.booleans(),
        )
    )
)
def test_whatever_happens_it_opens_only_without_a_network_and_closes_only_what_is_open(
    story: list[tuple[float, Seen | None, bool]],
) -> None:
    machine, now, visited_at = Machine(), 0.0, 0.0
    for later_s, seen, is_visited in story:
        now += later_s
        visited_at = now if is_visited else visited_at
        action = machine.step(now, seen, visited_at)
        if action is Action.OPEN:
            assert seen is not None
            assert not seen.is_open
            assert not seen.is_connected
        elif action is Action.CLOSE:
            assert seen is not None
            assert seen.is_open
            assert seen.is_connected
        elif action is Action.TRY:
            assert seen is not None
            assert seen.is_open
            assert seen.knows_networks
            assert now - visited_at >= TIMES.quiet_s
