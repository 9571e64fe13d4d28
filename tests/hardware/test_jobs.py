"""The runner: what starts, what is refused, what is published, what survives, what a stop does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hardware.jobs import Jobs, Makers, Progress
from tests.hardware.jobbing import HandTime, Work, of_kind, runner, until_stopped
from tests.hardware.states import first_store
from vizy.errors import (
    BusyError,
    CameraError,
    DeviceAwayError,
    InvalidValueError,
    NotFoundError,
    StorageError,
)
from vizy.jobs import Bracket, Burst, JobSpec, JobState, Motion, Movie, Recording, TimeLapse

ALL = (Burst, Bracket, TimeLapse, Movie, Recording, Motion)


class Bench:
    """A runner whose jobs all do the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work: Callable[[Progress], Awaitable[object]] = until_stopped
        self.clock = HandTime()
        self.store = first_store()
        self.running: list[Jobs] = []

    @property
    def makers(self) -> Makers:
        return {kind: lambda _: Work(lambda progress: self.work(progress)) for kind in ALL}

    def jobs(self, **options: object) -> Jobs:
        jobs = runner(self.makers, self.store, self.folder, **({"clock": self.clock} | options))
        self.running.append(jobs)
        return jobs

    async def ended(self, job_id: str) -> JobState:
        async with asyncio.timeout(10):
            async for state in self.store.follow(since=0):
                for job in state.jobs:
                    if job.id == job_id and job.has_ended:
                        return job
        raise AssertionError


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    for jobs in bench.running:
        await jobs.close()


async def test_a_job_is_published_from_its_start_to_its_end(bench: Bench) -> None:
    go = asyncio.Event()

    async def work(progress: Progress) -> None:
        progress(0, 2)
        await go.wait()
        progress(2, 2, "well")

    bench.work = work
    state = await bench.jobs().start(Burst())
    assert (state.status, state.done, state.total) == ("running", 0, 2)
    assert state.id.startswith("20260601T120000_000Z-")
    assert state.started == "2026-06-01T12:00:00Z"
    assert bench.store.state.jobs == (state,)
    go.set()
    ended = await bench.ended(state.id)
    assert (ended.status, ended.done, ended.detail) == ("done", 2, "well")


async def test_ids_sort_by_time_and_never_repeat(bench: Bench) -> None:
    jobs = bench.jobs()
    started: list[str] = []
    for _ in range(5):
        started.append((await jobs.start(TimeLapse())).id)
        bench.clock.move(0.001)
    assert started == sorted(set(started))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CameraError("the camera is away"), "the camera is away"),
        (ZeroDivisionError("oh"), "it broke, see the log: ZeroDivisionError('oh')"),
    ],
)
async def test_a_job_that_fails_says_why_and_the_others_go_on(
    bench: Bench, error: Exception, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = bench.jobs()
    other = await jobs.start(TimeLapse())

    async def work(_: Progress) -> None:
        raise error

    bench.work = work
    failed = await bench.ended((await jobs.start(Burst())).id)
    assert (failed.status, failed.reason) == ("failed", text)
    assert [job.id for job in jobs.active] == [other.id]
    if isinstance(error, ZeroDivisionError):
        assert "Traceback" in caplog.text


async def test_the_last_eight_that_ended_are_known_behind_those_that_run(bench: Bench) -> None:
    jobs = bench.jobs()
    first = await jobs.start(TimeLapse())

    async def work(_: Progress) -> None:
        return

    bench.work = work
    ids = [(await jobs.start(TimeLapse())).id for _ in range(10)]
    await bench.ended(ids[-1])
    assert [job.id for job in bench.store.state.jobs] == [first.id, *ids[:1:-1]]


async def test_progress_is_published_a_few_times_a_second_and_the_last_always(
    bench: Bench,
) -> None:
    async def work(progress: Progress) -> None:
        for done in range(1, 501):
            progress(done, 500)
            await asyncio.sleep(0)
        await progress.stopping.wait()

    bench.work = work
    revision = bench.store.state.revision
    state = await bench.jobs(interval_s=0.05).start(Burst(count=500))
    async with asyncio.timeout(10):
        async for seen in bench.store.follow(since=0):
            if seen.jobs[0].done == 500:
                break
    assert seen.revision - revision < 50
    assert bench.store.state.jobs[0].id == state.id


async def test_a_job_waits_for_its_time_and_says_so(bench: Bench) -> None:
    async def work(progress: Progress) -> None:
        progress.is_waiting = True
        progress(0, None, "starts at noon")
        await progress.stopping.wait()

    bench.work = work
    state = await bench.jobs().start(TimeLapse())
    assert (state.status, state.detail) == ("waiting", "starts at noon")


async def test_eight_may_run_and_the_next_is_told_which_do(bench: Bench) -> None:
    jobs = bench.jobs()
    ids = [(await jobs.start(TimeLapse())).id for _ in range(8)]
    with pytest.raises(BusyError, match=f"8 jobs run, the most: timelapse {ids[0]}, .*stop one"):
        await jobs.start(TimeLapse())
    await jobs.stop(ids[0])
    await jobs.start(Recording())


@pytest.mark.parametrize(
    ("runs", "wanted", "why"),
    [
        (Recording(), Recording(), "is recorded once at a time"),
        (Motion(), Motion(), "watches the picture already"),
        (Burst(), Burst(), "keeps the queue of stills full"),
        (Bracket(), Burst(), "changes the exposure of all pictures"),
        (Bracket(), Bracket(), "changes the exposure of all pictures"),
        (TimeLapse(), Bracket(), "changes the exposure of all pictures"),
        (Recording(), Bracket(), "changes the exposure of all pictures"),
        (Motion(), Bracket(), "changes the exposure of all pictures"),
    ],
)
async def test_what_would_fight_over_the_camera_is_refused_with_the_reason(
    bench: Bench, runs: JobSpec, wanted: JobSpec, why: str
) -> None:
    jobs = bench.jobs()
    state = await jobs.start(runs)
    with pytest.raises(BusyError, match=f"{state.id}.*{why}.*stop that first"):
        await jobs.start(wanted)
    await jobs.stop(state.id)
    await jobs.start(wanted)


async def test_what_does_not_disturb_may_run_together(bench: Bench) -> None:
    jobs = bench.jobs()
    for spec in (TimeLapse(), TimeLapse(), Burst(), Recording(), Motion(), Movie(group="g")):
        await jobs.start(spec)
    for state in jobs.active:
        if not isinstance(state.spec, Movie):
            await jobs.stop(state.id)
    await jobs.start(Bracket())


async def test_a_kind_that_nothing_makes_is_refused(bench: Bench) -> None:
    jobs = runner({Burst: lambda _: Work(until_stopped)}, bench.store, bench.folder)
    with pytest.raises(InvalidValueError, match="this device does no recording: it does burst"):
        await jobs.start(Recording())


async def test_a_stop_waits_until_what_was_taken_is_whole_and_may_be_repeated(
    bench: Bench,
) -> None:
    gate = asyncio.Event()

    async def work(progress: Progress) -> None:
        await progress.stopping.wait()
        await gate.wait()
        progress(7)

    bench.work = work
    jobs = bench.jobs()
    state = await jobs.start(Recording())
    stops = [asyncio.create_task(jobs.stop(state.id)) for _ in range(3)]
    await asyncio.sleep(0)
    assert bench.store.state.jobs[0].status == "stopping"
    stops.pop().cancel()
    gate.set()
    for stopped in await asyncio.gather(*stops):
        assert (stopped.status, stopped.done) == ("stopped", 7)
    assert (await jobs.stop(state.id)).status == "stopped"


async def test_a_job_that_was_ready_when_it_was_stopped_is_done(bench: Bench) -> None:
    async def work(progress: Progress) -> None:
        progress(3, 3)
        await progress.stopping.wait()

    bench.work = work
    jobs = bench.jobs()
    assert (await jobs.stop((await jobs.start(Burst())).id)).status == "done"


async def test_a_job_that_does_not_stop_is_cut_short(bench: Bench) -> None:
    async def work(_: Progress) -> None:
        await asyncio.Event().wait()

    bench.work = work
    jobs = bench.jobs(stop_deadline_s=0.05)
    stopped = await jobs.stop((await jobs.start(Recording())).id)
    assert stopped.status == "stopped"
    assert stopped.reason == "it did not end within 0.05 s and was cut short"


async def test_a_job_that_is_not_known_cannot_be_stopped(bench: Bench) -> None:
    with pytest.raises(NotFoundError, match="there is no job 'x'"):
        await bench.jobs().stop("x")


@pytest.mark.parametrize("spec", [TimeLapse(interval_s=7), Motion(sensitivity=0.25)])
async def test_what_survives_goes_on_with_its_name_count_and_time(
    bench: Bench, spec: JobSpec
) -> None:
    resumed: list[Progress] = []

    async def work(progress: Progress) -> None:
        resumed.append(progress)
        progress.elapsed_s = 60.0
        progress.missed = 2
        progress(5, 9, "2 missed")
        await progress.stopping.wait()

    bench.work = work
    jobs = bench.jobs()
    state = await jobs.start(spec)
    await jobs.close()
    bench.clock.jump(timedelta(seconds=30))
    bench.work = lambda progress: asyncio.sleep(0, resumed.append(progress))
    again = bench.jobs()
    await again.resume()
    assert again.active == (state,)
    await asyncio.sleep(0)
    _, progress = resumed
    assert (progress.id, progress.done, progress.missed, progress.elapsed_s) == (state.id, 5, 2, 90)


async def test_it_is_on_disk_before_its_start_is_told_and_gone_before_its_stop_is(
    bench: Bench,
) -> None:
    jobs = bench.jobs()
    state = await jobs.start(TimeLapse())
    killed = bench.jobs()
    await killed.resume()
    assert [job.id for job in killed.active] == [state.id]
    await jobs.stop(state.id)
    later = bench.jobs()
    await later.resume()
    assert later.active == ()


async def test_one_that_was_being_stopped_when_the_power_went_does_not_go_on(
    bench: Bench,
) -> None:
    async def work(progress: Progress) -> None:
        await asyncio.Event().wait()

    bench.work = work
    jobs = bench.jobs()
    state = await jobs.start(TimeLapse())
    stopping = asyncio.create_task(jobs.stop(state.id))
    await asyncio.sleep(0)
    await jobs.close()
    await stopping
    again = bench.jobs()
    await again.resume()
    assert [job.id for job in of_kind(bench.store.state.jobs, "stopped")] == [state.id]
    assert again.active == ()


async def test_what_does_not_survive_is_gone(bench: Bench) -> None:
    jobs = bench.jobs()
    await jobs.start(Recording())
    await jobs.close()
    again = bench.jobs()
    await again.resume()
    assert again.active == ()


async def test_a_clock_that_went_back_over_a_restart_counts_as_no_time(bench: Bench) -> None:
    seen: list[float | None] = []

    async def work(progress: Progress) -> None:
        seen.append(progress.elapsed_s)
        progress.elapsed_s = 60.0
        progress(1)
        await progress.stopping.wait()

    bench.work = work
    jobs = bench.jobs()
    await jobs.start(TimeLapse())
    await jobs.close()
    bench.clock.jump(timedelta(days=-20_000))
    await bench.jobs().resume()
    await asyncio.sleep(0)
    assert seen == [None, 60.0]


@pytest.mark.parametrize("content", [b"", b"{", b'[{"state": {}}]', b"\xff", b"[" * 9999])
async def test_a_damaged_file_is_kept_aside_and_said(
    bench: Bench, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (bench.folder / "jobs.json").write_bytes(content)
    jobs = bench.jobs()
    await jobs.resume()
    assert jobs.active == ()
    assert (bench.folder / "jobs.json.damaged").read_bytes() == content
    assert "cannot be understood" in caplog.text
    await jobs.start(TimeLapse())


async def test_what_cannot_go_on_any_more_is_said(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = bench.jobs()
    state = await jobs.start(Motion())
    await jobs.close()
    less = runner({}, bench.store, bench.folder)
    await less.resume()
    (failed,) = bench.store.state.jobs
    assert (failed.id, failed.status) == (state.id, "failed")
    assert failed.reason.startswith("this device does no motion")
    assert "does not go on" in caplog.text


async def test_a_job_that_cannot_be_kept_is_not_started(bench: Bench) -> None:
    jobs = runner(bench.makers, bench.store, bench.folder / "missing")
    with pytest.raises(StorageError):
        await jobs.start(TimeLapse())
    assert jobs.active == ()
    await jobs.start(Recording())
    await jobs.close()


async def test_the_end_of_the_daemon_stops_all_in_bounded_time(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    whole: list[str] = []

    async def work(progress: Progress) -> None:
        await progress.stopping.wait()
        whole.append(progress.id)
        await asyncio.Event().wait()

    bench.work = work
    jobs = bench.jobs()
    state = await jobs.start(Recording())
    async with asyncio.timeout(10):
        await jobs.close()
    assert whole == [state.id]
    with pytest.raises(DeviceAwayError, match="the daemon is ending"):
        await jobs.start(Recording())


async def test_a_time_lapse_that_ends_with_the_daemon_is_not_lost_to_another_ones_news(
    bench: Bench,
) -> None:
    async def work(progress: Progress) -> None:
        await progress.stopping.wait()
        progress(progress.done + 1)

    bench.work = work
    jobs = bench.jobs()
    ids = {(await jobs.start(TimeLapse())).id for _ in range(2)}
    await jobs.close()
    again = bench.jobs()
    await again.resume()
    assert {job.id for job in again.active} == ids
    assert {job.status for job in again.active} == {"running"}


async def test_progress_of_what_survives_reaches_the_disk_soon(bench: Bench) -> None:
    logging.getLogger().info("the file is written by a task of its own")

    async def work(progress: Progress) -> None:
        progress(41)
        await progress.stopping.wait()

    bench.work = work
    jobs = bench.jobs()
    writing = asyncio.create_task(jobs.run())
    await jobs.start(TimeLapse())
    file = bench.folder / "jobs.json"
    async with asyncio.timeout(10):
        while b'"done": 41' not in file.read_bytes():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
