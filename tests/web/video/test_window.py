"""How many pictures are under way, and what acks say about the link; times are handed in."""

import pytest

from web.video.variants import NATIVE
from web.video.window import AckWindow, Delivery


def test_there_is_room_for_as_many_as_the_window_takes() -> None:
    window = AckWindow(2)
    assert window.send(NATIVE, 1000, 0.0) == 1
    assert window.has_room
    assert window.send(NATIVE, 1000, 0.0) == 2
    assert not window.has_room


def test_an_ack_makes_room_for_all_up_to_its_number() -> None:
    window = AckWindow(2)
    window.send(NATIVE, 1000, 0.0)
    window.send(NATIVE, 1000, 0.0)
    assert window.ack(2, 0.0, 1.0) is None
    assert window.has_room
    assert window.send(NATIVE, 1000, 1.0) == 3
    assert window.send(NATIVE, 1000, 1.0) == 4


def test_a_repeated_ack_makes_no_more_room() -> None:
    window = AckWindow(1)
    window.send(NATIVE, 1000, 0.0)
    window.ack(1, 0.0, 1.0)
    window.send(NATIVE, 1000, 1.0)
    assert window.ack(1, 0.0, 2.0) is None
    assert not window.has_room


@pytest.mark.parametrize("number", [0, -1, 2])
def test_an_ack_of_what_was_not_sent_is_refused(number: int) -> None:
    window = AckWindow(2)
    window.send(NATIVE, 1000, 0.0)
    with pytest.raises(ValueError, match=f"picture {number} was not sent"):
        window.ack(number, 0.0, 1.0)


def test_the_way_is_without_the_pages_own_work_and_without_the_acks_way_back() -> None:
    window = AckWindow(2)
    window.pong(0.010)
    window.send(NATIVE, 1000, 10.0)
    window.ack(1, 0.030, 10.050)
    assert window.way_s == pytest.approx(0.015)


def test_the_least_round_trip_counts() -> None:
    window = AckWindow(2)
    window.pong(0.010)
    window.pong(0.500)  # behind a picture
    window.send(NATIVE, 1000, 10.0)
    window.ack(1, 0.0, 10.020)
    assert window.way_s == pytest.approx(0.015)


def test_the_way_is_smoothed() -> None:
    window = AckWindow(1)
    for way_s in (0.010, 0.110):
        number = window.send(NATIVE, 1000, 0.0)
        window.ack(number, 0.0, way_s)
    assert 0.010 < window.way_s < 0.110


def test_a_page_that_claims_more_work_than_there_was_time_has_no_way() -> None:
    window = AckWindow(1)
    window.send(NATIVE, 1000, 0.0)
    window.ack(1, 60.0, 0.010)
    assert window.way_s == 0.0


def test_the_link_is_busy_with_a_picture_only_after_the_one_before_it() -> None:
    window = AckWindow(2)
    window.send(NATIVE, 1000, 0.0)
    window.send(NATIVE, 500, 0.0)
    assert window.ack(1, 0.0, 0.4) == Delivery(NATIVE, 1000, pytest.approx(0.4))
    assert window.ack(2, 0.0, 0.6) == Delivery(NATIVE, 500, pytest.approx(0.2))


def test_a_long_way_is_no_slow_link() -> None:
    window = AckWindow(2)
    window.pong(0.300)
    window.send(NATIVE, 1000, 0.0)
    assert window.ack(1, 0.005, 0.315) == Delivery(NATIVE, 1000, pytest.approx(0.010))
