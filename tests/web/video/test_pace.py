"""A stream at the rate that was asked for; times are handed in."""

import pytest

from web.video.pace import Pace

CAMERA_S = 1 / 30


def pictures(pace: Pace, seconds: float, *, every_s: float = CAMERA_S) -> int:
    """Return how many go out of a camera's, which come at a rate of their own."""
    count, now_s = 0, 100.0
    while now_s < 100.0 + seconds:
        if not pace.wait_s(now_s):
            pace.sent(now_s)
            count += 1
        now_s += every_s
    return count


@pytest.mark.parametrize("fps", [0.5, 1, 7, 10, 15, 25, 29])
def test_the_rate_is_kept_although_the_cameras_is_no_multiple(fps: float) -> None:
    assert pictures(Pace(fps), 60) == pytest.approx(60 * fps, rel=0.03, abs=1)


@pytest.mark.parametrize("fps", [None, 31, 240])
def test_no_more_go_out_than_come(fps: float | None) -> None:
    assert pictures(Pace(fps), 10) == pytest.approx(300, abs=1)


def test_after_a_pause_nothing_is_made_up_for_but_one_picture() -> None:
    pace = Pace(10)
    pace.sent(0.0)
    pace.sent(60.0)
    assert pace.wait_s(60.0) == 0.0
    pace.sent(60.0)
    assert pace.wait_s(60.0) == pytest.approx(0.1)
