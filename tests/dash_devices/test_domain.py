import asyncio

import pytest

from dash_devices.domain import Domain, Job
from dash_devices.errors import QueueFullError


class Recorder:
    """A device that notes what it was told, one turn of the loop each."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.running = 0
        self.most = 0
        self.replaced: list[str] = []

    def job(self, name: str, key: str | None = None) -> Job:
        async def run() -> None:
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0)
            self.ran.append(name)
            self.running -= 1

        return Job(run, key=key, replaced=lambda: self.replaced.append(name))


async def drained(domain: Domain, recorder: Recorder, last: str) -> None:
    async with asyncio.timeout(5):
        while last not in recorder.ran:  # noqa: ASYNC110 - one turn of the loop at a time
            await asyncio.sleep(0)
    await domain.close()


async def test_jobs_run_one_at_a_time_in_order() -> None:
    domain, device = Domain("d"), Recorder()
    names = [str(n) for n in range(50)]
    for name in names:
        domain.put(device.job(name))
    await drained(domain, device, "49")
    assert device.ran == names
    assert device.most == 1


async def test_a_newer_value_replaces_a_waiting_one_but_never_across_a_click() -> None:
    domain, device = Domain("d"), Recorder()
    for name, key in [
        ("exposure=1", "exposure"),
        ("exposure=5", "exposure"),
        ("capture", None),
        ("exposure=7", "exposure"),
        ("exposure=9", "exposure"),
    ]:
        domain.put(device.job(name, key))
    await drained(domain, device, "exposure=9")
    assert device.ran == ["exposure=5", "capture", "exposure=9"]
    assert device.replaced == ["exposure=1", "exposure=7"]


async def test_a_full_queue_refuses_and_says_so() -> None:
    domain, device = Domain("camera", limit=3), Recorder()
    for n in range(3):
        domain.put(device.job(str(n)))
    with pytest.raises(QueueFullError, match="3 changes wait for 'camera'"):
        domain.put(device.job("4"))
    await domain.close()


@pytest.mark.filterwarnings("default")
async def test_a_job_that_fails_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    domain, device = Domain("d"), Recorder()

    async def fail() -> None:
        raise ValueError("broken")

    domain.put(Job(fail))
    domain.put(device.job("next"))
    await drained(domain, device, "next")
    assert "broken" in caplog.text


async def test_what_follows_runs_before_what_waits() -> None:
    domain, device = Domain("d"), Recorder()

    async def first() -> None:
        domain.put_next([device.job("first follower"), device.job("second")])

    domain.put(Job(first))
    domain.put(device.job("waiting"))
    await drained(domain, device, "waiting")
    assert device.ran == ["first follower", "second", "waiting"]
