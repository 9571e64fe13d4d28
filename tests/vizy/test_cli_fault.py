"""`vizy fault`: hidden, typed, and one call to the daemon for each fault."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.vizy.fakes import FakeDaemon
from vizy import faults
from vizy.cli import main
from vizy.errors import FaultRefusedError
from vizy.messages import InjectFault
from vizy.rpc import Connection
from vizy.state import DeviceState

FAULTS: list[tuple[list[str], faults.Fault]] = [
    (["stall", "5s"], faults.Stall(5)),
    (["hang-control", "500ms"], faults.HangControl(0.5)),
    (["hang-control", "1.5min"], faults.HangControl(90)),
    (["drop", "0.1"], faults.Drop(0.1)),
    (["unplug"], faults.Unplug()),
    (["plug"], faults.Plug()),
    (["out-of-buffers"], faults.OutOfBuffers()),
    (["encoder"], faults.EncoderError()),
    (["io-error"], faults.IoError(1)),
    (["io-error", "3"], faults.IoError(3)),
    (["slow-disk", "1MB/s"], faults.SlowDisk(1e6)),
    (["slow-disk", "2 MiB/s"], faults.SlowDisk(2 * 2**20)),
    (["clear"], faults.Clear()),
]


class Injected:
    """A daemon that notes which faults it was told, or refuses them."""

    def __init__(self) -> None:
        self.faults: list[faults.Fault] = []
        self.refusal: FaultRefusedError | None = None

    async def inject(self, call: InjectFault, _: Connection) -> DeviceState:
        if self.refusal is not None:
            raise self.refusal
        self.faults.append(call.fault)
        return self.daemon.state

    async def run(self, state_dir: Path, *lines: Sequence[str]) -> list[Result]:
        (state_dir / "run").mkdir()
        path = state_dir / "run" / "hardware.sock"
        async with FakeDaemon(path, handlers={InjectFault: self.inject}) as self.daemon:
            return [await asyncio.to_thread(vizy, ["fault", *line], state_dir) for line in lines]


def vizy(line: Sequence[str], state_dir: Path) -> Result:
    return CliRunner().invoke(main, list(line), env={"VIZY_STATE_DIR": str(state_dir)})


async def test_each_fault_reaches_the_daemon_as_it_was_typed(state_dir: Path) -> None:
    injected = Injected()
    results = await injected.run(state_dir, *(line for line, _ in FAULTS))
    assert [result.exit_code for result in results] == [0] * len(FAULTS)
    assert injected.faults == [fault for _, fault in FAULTS]
    assert results[0].output == "told: Stall(seconds=5.0)\n"


async def test_a_refusal_is_one_line(state_dir: Path) -> None:
    injected = Injected()
    injected.refusal = FaultRefusedError("faults are not allowed")
    (result,) = await injected.run(state_dir, ["unplug"])
    assert (result.exit_code, result.stderr) == (1, "Error: faults are not allowed\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (["stall", "5"], "'5' is not as 5s: units are ms, s, min"),
        (["stall", "five"], "'five' is not as 5s"),
        (["slow-disk", "1MB"], "'1MB' is not as 1MB/s: units are kB/s, MB/s"),
        (["drop", "1.5"], "1.5 is not in the range"),
        (["drop", "0"], "0.0 is not in the range"),
        (["io-error", "0"], "0 is not in the range"),
    ],
)
def test_what_cannot_be_understood_is_refused_before_anything_is_asked(
    state_dir: Path, line: list[str], text: str
) -> None:
    result = vizy(["fault", *line], state_dir)
    assert result.exit_code == 2
    assert text in result.stderr


def test_the_daemon_s_own_limits_are_told(state_dir: Path) -> None:
    result = vizy(["fault", "stall", "5s"], state_dir)
    assert "start it with `vizy run`" in result.stderr


def test_it_is_not_shown_but_helps_those_who_know(state_dir: Path) -> None:
    assert "fault" not in vizy(["--help"], state_dir).output
    shown = vizy(["fault", "--help"], state_dir).output
    for line, _ in FAULTS:
        assert line[0] in shown
