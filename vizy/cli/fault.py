"""`vizy fault`: makes things go wrong in a running Vizy, to see how it copes.

Not shown by ``--help``: it is for who works on Vizy. A real camera is left alone unless the
settings say otherwise.
"""

import re

import click

from vizy import faults
from vizy.cli.options import settings_from, settings_options, wait_for
from vizy.messages import InjectFault
from vizy.rpc.client import call_once

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}
_BYTES = {"kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9, "KiB/s": 2**10, "MiB/s": 2**20, "GiB/s": 2**30}


def duration(text: str) -> float:
    """Read a duration, as ``5s``; return seconds."""
    return _quantity(text, _SECONDS, "5s")


def speed(text: str) -> float:
    """Read a speed, as ``1MB/s``; return bytes a second."""
    return _quantity(text, _BYTES, "1MB/s")


@click.group(hidden=True)
def fault() -> None:
    """Make something go wrong in a running Vizy; `vizy fault clear` ends it."""


@fault.command()
@settings_options
@click.argument("seconds", type=duration, metavar="DURATION")
def stall(seconds: float, **options: str | None) -> None:
    """Let the camera's next call take that long."""
    _inject(faults.Stall(seconds), options)


@fault.command("hang-control")
@settings_options
@click.argument("seconds", type=duration, metavar="DURATION")
def hang_control(seconds: float, **options: str | None) -> None:
    """Let the next write of controls take that long."""
    _inject(faults.HangControl(seconds), options)


@fault.command()
@settings_options
@click.argument("share", type=click.FloatRange(0, 1, min_open=True))
def drop(share: float, **options: str | None) -> None:
    """Lose this share of all frames, 0 to 1."""
    _inject(faults.Drop(share), options)


@fault.command()
@settings_options
def unplug(**options: str | None) -> None:
    """Pull the camera's cable."""
    _inject(faults.Unplug(), options)


@fault.command()
@settings_options
def plug(**options: str | None) -> None:
    """Put the camera's cable back."""
    _inject(faults.Plug(), options)


@fault.command("out-of-buffers")
@settings_options
def out_of_buffers(**options: str | None) -> None:
    """Let the camera find no memory for its next frame."""
    _inject(faults.OutOfBuffers(), options)


@fault.command()
@settings_options
def encoder(**options: str | None) -> None:
    """Let the encoder fail at the next live frame."""
    _inject(faults.EncoderError(), options)


@fault.command("io-error")
@settings_options
@click.argument("count", type=click.IntRange(1, 1000), default=1)
def io_error(count: int, **options: str | None) -> None:
    """Let the next COUNT writes of captures fail. Without COUNT, one."""
    _inject(faults.IoError(count), options)


@fault.command("slow-disk")
@settings_options
@click.argument("bytes_per_s", type=speed, metavar="SPEED")
def slow_disk(bytes_per_s: float, **options: str | None) -> None:
    """Write captures no faster than that."""
    _inject(faults.SlowDisk(bytes_per_s), options)


@fault.command()
@settings_options
def clear(**options: str | None) -> None:
    """Make all well again; what hangs returns."""
    _inject(faults.Clear(), options)


def _quantity(text: str, units: dict[str, float], example: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(\D+)", text)
    if found is None or found[2] not in units:
        raise click.BadParameter(f"{text!r} is not as {example}: units are {', '.join(units)}")
    return float(found[1]) * units[found[2]]


def _inject(wanted: faults.Fault, options: dict[str, str | None]) -> None:
    wait_for(call_once(settings_from(**options).hardware_socket, InjectFault(wanted)))
    click.echo(f"told: {wanted}")
