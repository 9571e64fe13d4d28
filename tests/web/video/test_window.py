"""How many pictures are under way, and how long the way is; times are handed in."""

import pytest

from web.video.window import AckWindow


def test_there_is_room_for_as_many_as_the_window_takes() -> None:
    window = AckWindow(2)
    assert window.send(0.0) == 1
    assert window.has_room
    assert window.send(0.0) == 2
    assert not window.has_room


def test_an_ack_makes_room_for_all_up_to_its_number() -> None:
    window = AckWindow(2)
    window.send(0.0)
    window.send(0.0)
    window.ack(2, 0.0, 1.0)
    assert window.has_room
    assert window.send(1.0) == 3
    assert window.send(1.0) == 4


def test_a_repeated_ack_makes_no_more_room() -> None:
    window = AckWindow(1)
    window.send(0.0)
    window.ack(1, 0.0, 1.0)
    window.send(1.0)
    window.ack(1, 0.0, 2.0)
    assert not window.has_room


@pytest.mark.parametrize("number", [0, -1, 2])
def test_an_ack_of_what_was_not_sent_is_refused(number: int) -> None:
    window = AckWindow(2)
    window.send(0.0)
    with pytest.raises(ValueError, match=f"picture {number} was not sent"):
        window.ack(number, 0.0, 1.0)


def test_the_round_trip_is_without_the_pages_own_work() -> None:
    window = AckWindow(2)
    window.send(10.0)
    window.ack(1, 0.030, 10.050)
    assert window.rtt_s == pytest.approx(0.020)


def test_the_round_trip_is_smoothed() -> None:
    window = AckWindow(1)
    for rtt_s in (0.010, 0.110):
        number = window.send(0.0)
        window.ack(number, 0.0, rtt_s)
    assert 0.010 < window.rtt_s < 0.110


def test_a_page_that_claims_more_work_than_there_was_time_has_no_round_trip() -> None:
    window = AckWindow(1)
    window.send(0.0)
    window.ack(1, 60.0, 0.010)
    assert window.rtt_s == 0.0
