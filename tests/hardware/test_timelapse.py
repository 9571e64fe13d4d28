"""Time-lapses: no drift, no thousand pictures, no end but their own; days pass in milliseconds."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hardware.jobs import TimeLapseJob
from tests.hardware.jobbing import NOON, Album, HandTime, Told
from vizy.errors import BusyError, CameraError, DiskFullError, InvalidValueError
from vizy.jobs import JobState, Movie, TimeLapse

BERLIN = ZoneInfo("Europe/Berlin")


async def no_movie(movie: Movie) -> JobState:
    raise AssertionError(movie)


def lapse(spec: TimeLapse, album: Album, start_movie=no_movie) -> TimeLapseJob:
    return TimeLapseJob(spec, album, start_movie, clock=album.clock)


async def taken(spec: TimeLapse, album: Album, told: Told | None = None) -> Told:
    told = told or Told()
    async with asyncio.timeout(20):
        await lapse(spec, album).run(told.progress)
    return told


async def test_pictures_come_at_the_interval_and_a_slow_one_delays_no_other() -> None:
    album = Album(HandTime(), takes_s=3.7)
    told = await taken(TimeLapse(interval_s=10, count=1000), album)
    assert album.times == pytest.approx([n * 10 for n in range(1000)])
    assert told.last == (1000, 1000, "")
    assert album.kinds == {("timelapse", "job-1")}


async def test_it_ends_after_its_duration() -> None:
    album = Album(HandTime())
    told = await taken(TimeLapse(interval_s=10, duration_s=60), album)
    assert album.times == [0, 10, 20, 30, 40, 50]
    assert told.last[:2] == (6, 6)
    assert album.clock.seconds == 60


async def test_it_ends_when_it_is_stopped() -> None:
    album, told = Album(HandTime()), Told()
    album.clock.at(35, told.progress.stopping.set)
    await taken(TimeLapse(interval_s=10), album, told)
    assert album.times == [0, 10, 20, 30]


@pytest.mark.parametrize(
    "error", [CameraError("unplugged"), DiskFullError("no room"), BusyError("eight wait")]
)
async def test_what_cannot_be_taken_is_missed_and_the_next_is_tried_at_its_time(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    album = Album(HandTime())
    album.fails = lambda: error if 15 < album.clock.seconds < 45 else None
    told = await taken(TimeLapse(interval_s=10, count=4), album)
    assert album.times == [0, 10, 50, 60]
    assert told.progress.missed == 3
    assert told.last == (4, 4, f"3 missed, the last because: {error}")
    assert caplog.text.count("misses pictures") == 1


async def test_slots_that_pass_during_a_picture_are_missed() -> None:
    album = Album(HandTime(), takes_s=2.6)
    told = await taken(TimeLapse(interval_s=1, count=3), album)
    assert album.times == pytest.approx([0, 3, 6])
    assert told.progress.missed == 4
    assert "the picture before took too long" in told.last[2]


@pytest.mark.parametrize("years", [-56, 56])
async def test_a_clock_that_jumps_by_years_changes_nothing(years: int) -> None:
    album = Album(HandTime())
    album.clock.at(25, lambda: album.clock.jump(timedelta(days=365 * years)))
    told = await taken(TimeLapse(interval_s=10, count=6), album)
    assert album.times == [0, 10, 20, 30, 40, 50]
    assert told.progress.missed == 0


async def test_it_starts_when_it_is_told_to_and_says_that_it_waits() -> None:
    album = Album(HandTime())
    told = await taken(TimeLapse(interval_s=10, count=2, starts="2026-06-02T06:30:00+02:00"), album)
    assert album.walls[0] == datetime(2026, 6, 2, 4, 30, tzinfo=UTC)
    assert told.waited[0] == "starts at 2026-06-02 06:30:00+0200"
    assert not told.progress.is_waiting


async def test_a_start_is_noticed_when_the_network_sets_the_clock() -> None:
    album = Album(HandTime(datetime(1970, 1, 1, tzinfo=UTC)))
    album.clock.at(45, lambda: album.clock.jump(NOON - album.clock.now()))
    await taken(TimeLapse(interval_s=10, count=1, starts="2026-06-01T06:30:00Z"), album)
    assert 45 <= album.times[0] <= 75


async def test_between_two_times_of_day_past_midnight() -> None:
    album = Album(HandTime(datetime(2026, 6, 1, 12, 0, tzinfo=UTC)))
    told = await taken(
        TimeLapse(interval_s=3600, daily=("22:30", "02:00"), duration_s=2 * 86_400), album
    )
    hours = [f"{wall:%d %H:%M}" for wall in album.walls]
    night = ["22:30", "23:30", "00:30", "01:30"]
    assert [each[3:] for each in hours] == night * 2
    assert hours[0] == "01 22:30"
    assert hours[-1] == "03 01:30"
    assert told.waited[0] == "goes on at 22:30"


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 12, 3), datetime(2026, 10, 24, 12, 3)])
async def test_each_day_has_its_pictures_at_the_same_times_when_the_clocks_are_changed(
    day: datetime,
) -> None:
    album = Album(HandTime(day.replace(tzinfo=BERLIN), BERLIN))
    await taken(TimeLapse(interval_s=3600, daily=("06:30", "09:00"), count=9), album)
    shown = [f"{wall:%H:%M}" for wall in album.walls]
    assert shown == ["06:30", "07:30", "08:30"] * 3
    assert len({wall.date() for wall in album.walls}) == 3


async def test_one_picture_a_day() -> None:
    album = Album(HandTime(zone=BERLIN))
    await taken(TimeLapse(interval_s=86_400, daily=("12:00", "12:30"), count=60), album)
    assert {f"{wall:%H:%M:%S}" for wall in album.walls} == {"12:00:00"}
    assert len({wall.date() for wall in album.walls}) == 60


async def test_resumed_it_keeps_its_slots_its_count_and_its_end() -> None:
    album = Album(HandTime())
    told = await taken(
        TimeLapse(interval_s=10, duration_s=100),
        album,
        Told(done=3, missed=1, elapsed_s=64.0),
    )
    assert album.times == [6, 16, 26]
    assert told.last[0] == 6
    assert told.progress.missed == 1
    assert album.clock.seconds == 36


async def test_resumed_on_a_clock_that_is_not_set_it_does_not_wait_for_its_start_again() -> None:
    album = Album(HandTime(datetime(1970, 1, 1, tzinfo=UTC)))
    spec = TimeLapse(interval_s=10, count=3, starts="2026-06-01T06:30:00Z")
    await taken(spec, album, Told(done=1, elapsed_s=15.0))
    assert album.times == [5, 15]


async def test_resumed_in_its_hours_it_goes_on_in_the_slots_of_that_day() -> None:
    album = Album(HandTime(datetime(2026, 6, 5, 7, 10, tzinfo=UTC)))
    spec = TimeLapse(interval_s=3600, daily=("06:30", "21:00"), count=7)
    await taken(spec, album, Told(done=5, elapsed_s=3 * 86_400.0))
    assert [f"{wall:%H:%M}" for wall in album.walls] == ["07:30", "08:30"]


async def test_after_years_without_power_it_takes_one_picture_at_a_time() -> None:
    album = Album(HandTime())
    told = await taken(
        TimeLapse(interval_s=10, count=5), album, Told(done=3, elapsed_s=30 * 365 * 86_400.0 + 4)
    )
    assert album.times == [6, 16]
    assert told.progress.missed == 0


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_at_its_end_it_starts_the_movie(is_stopped: bool) -> None:
    album, told, movies = Album(HandTime()), Told(), list[Movie]()

    async def start(movie: Movie) -> JobState:
        movies.append(movie)
        return JobState(id="job-2", spec=movie, status="running", started="")

    if is_stopped:
        album.clock.at(15, told.progress.stopping.set)
    await lapse(TimeLapse(interval_s=10, count=5, movie_fps=12), album, start).run(told.progress)
    assert movies == [Movie(group="job-1", fps=12)]
    assert told.last[2] == "its movie is made by job job-2"


async def test_one_that_is_stopped_while_it_waits_no_longer_says_when_it_starts() -> None:
    album, told = Album(HandTime()), Told()
    album.clock.at(15, told.progress.stopping.set)
    await taken(TimeLapse(interval_s=10, starts="2036-06-02T06:30:00Z"), album, told)
    assert told.waited
    assert told.last == (0, None, "")
    assert not told.progress.is_waiting


async def test_without_a_picture_there_is_no_movie() -> None:
    album = Album(HandTime())
    album.fails = lambda: CameraError("unplugged")
    await taken(TimeLapse(interval_s=10, duration_s=30, movie_fps=12), album)


async def test_a_movie_that_cannot_be_started_is_said() -> None:
    album, told = Album(HandTime()), Told()

    async def start(movie: Movie) -> JobState:
        raise BusyError("eight run")

    await lapse(TimeLapse(interval_s=10, count=1, movie_fps=12), album, start).run(told.progress)
    assert told.last == (1, 1, "no movie: eight run")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (TimeLapse(starts="tomorrow"), "starts='tomorrow' is no time: write it as 2026-"),
        (TimeLapse(starts="2026-06-01T06:30:00"), "has no time zone"),
        (TimeLapse(daily=("06:30", "06:30")), "daily=06:30-06:30 is no time at all"),
    ],
)
def test_what_makes_no_sense_is_refused(spec: TimeLapse, text: str) -> None:
    with pytest.raises(InvalidValueError, match=text):
        lapse(spec, Album(HandTime()))
