"""The comment in a capture's file: written, found again, and never a reason to fail."""

import pytest

from hardware.captures.comment import Origin, comment_of, find_in_exif, origin_of, to_exif


@pytest.mark.parametrize("origin", [Origin("still"), Origin("timelapse", "t-20261121-1")])
def test_what_is_written_is_found_again(origin: Origin) -> None:
    comment = comment_of(origin, colour_temperature_k=5000)
    assert comment.startswith(f"vizy kind={origin.kind}")
    block = b"Exif\0\0II*\0 anything " + to_exif(comment) + b"more"
    assert find_in_exif(block) == comment
    assert origin_of(comment, "motion") == origin


@pytest.mark.parametrize(
    ("comment", "origin"),
    [
        ("", Origin("motion")),
        ("made with love", Origin("motion")),
        ("vizy", Origin("motion")),
        ("vizy kind=nonsense group=b1", Origin("motion", "b1")),
        ("vizy kind=burst mood=good = x", Origin("burst")),
        ("VIZY kind=burst", Origin("motion")),
        ("vizy kind=burst group=" + "x" * 500, Origin("burst", "x" * 80)),
    ],
)
def test_what_is_not_ours_or_not_known_is_passed_over(comment: str, origin: Origin) -> None:
    assert origin_of(comment, "motion") == origin


def test_a_block_without_it_has_none() -> None:
    assert find_in_exif(b"") == ""
    assert find_in_exif(b"ASCII\0\0\0a day at the sea") == ""
