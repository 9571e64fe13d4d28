"""The watchdog is fed exactly while there is progress."""

import asyncio
from dataclasses import dataclass, field

from hardware.watchdog import StandsStill, Watchdog
from vizy.notify import Notifier


@dataclass
class Manager(Notifier):
    """Notes what it is told."""

    has_manager: bool = True
    watchdog_s: float | None = 0.003
    fed: int = 0
    said: list[str] = field(default_factory=list[str])

    def feed(self) -> None:
        self.fed += 1

    def status(self, text: str) -> None:
        self.said.append(text)


@dataclass
class Part:
    """A part with a clock of its own."""

    now: float = 0.0
    count: int = 0
    is_wanted: bool = True
    limit_s: float = 5.0

    def check(self) -> StandsStill:
        return StandsStill(
            "frame",
            lambda: self.count,
            lambda: self.is_wanted,
            lambda: self.limit_s,
            monotonic=lambda: self.now,
        )


def test_it_is_fed_while_every_part_makes_progress_and_not_otherwise() -> None:
    manager, reasons = Manager(), {"camera": "", "encoder": ""}
    watchdog = Watchdog(manager, [lambda: reasons["camera"], lambda: reasons["encoder"]])
    watchdog.look()
    assert manager.fed == 1
    reasons["encoder"] = "no picture for 9 s"
    watchdog.look()
    watchdog.look()
    assert manager.fed == 1
    assert manager.said == ["no picture for 9 s"]
    reasons["encoder"] = ""
    watchdog.look()
    assert manager.fed == 2
    assert manager.said == ["no picture for 9 s", "running"]


async def test_a_loop_that_hangs_does_not_feed_it() -> None:
    manager = Manager()
    task = asyncio.create_task(Watchdog(manager, []).run())
    while manager.fed < 3:  # noqa: ASYNC110 -- it is fed by a turn of the loop
        await asyncio.sleep(0)
    before = manager.fed
    done = asyncio.get_running_loop().time() + 0.02
    while asyncio.get_running_loop().time() < done:
        pass  # hangs
    assert manager.fed == before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_count_that_stands_still_is_no_progress_only_while_it_is_wanted() -> None:
    part = Part()
    check = part.check()
    part.now = 6.0
    assert check() == "no frame for 6 s"
    part.count = 1
    assert check() == ""
    part.now = 11.0
    assert check() == ""
    part.is_wanted = False
    part.now = 100.0
    assert check() == ""
    part.is_wanted = True
    part.now = 104.0
    assert check() == ""
    part.now = 106.0
    assert check() == "no frame for 6 s"


def test_a_long_exposure_is_given_its_time() -> None:
    part = Part(limit_s=65.0)
    check = part.check()
    part.now = 60.0
    assert check() == ""
    part.now = 66.0
    assert check() == "no frame for 66 s"
