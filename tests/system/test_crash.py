"""A few kills in the midst of stills, bursts and recordings; `make crash` does a thousand."""

from pathlib import Path

from tests.system.crash import Crash


def test_after_kills_all_that_was_announced_is_whole_and_nothing_half_is_left(
    tmp_path: Path,
) -> None:
    crash = Crash(tmp_path, seed=1)
    crash.run(4)
    assert crash.stills > 0
