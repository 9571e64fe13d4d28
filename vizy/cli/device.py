"""`vizy status`, `set`, `capture` and `watch`: talking to the hardware process over its socket."""

import contextlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import click
import msgspec

from vizy.cli.options import settings_from, settings_options, wait_for
from vizy.cli.watching import describe
from vizy.device import DeviceMirror
from vizy.jobs import JobState
from vizy.messages import (
    CaptureFile,
    CreateCapture,
    Focus,
    Focused,
    GetCapture,
    GetState,
    SetControls,
)
from vizy.rpc.client import call_once
from vizy.sensors import DeviceWarning, SensorReading
from vizy.state import DeviceState, Size, changes

_ANSWER_S = 15.0  # for the disk and the way, besides the camera's own time
_LARGEST_INT = 2**63 - 1
_MIB = 1024 * 1024


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print the whole state as JSON.")
def status(as_json: bool, **options: str | None) -> None:
    """Say how the camera does."""
    state = wait_for(call_once(settings_from(**options).hardware_socket, GetState()))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(state), indent=2))
        return
    for line in summary(state):
        click.echo(line)


@click.command("set")
@settings_options
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_controls(assignments: tuple[str, ...], **options: str | None) -> None:
    """Write controls, all or nothing.

    As in: vizy set Brightness=0.2 ScalerCrop=0,0,1640,1232. `vizy status` shows what there is.
    """
    values: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not (name and equals):
            raise click.UsageError(f"{assignment!r} is not NAME=VALUE")
        values[name] = parse_value(text)
    call = SetControls(dict(values))
    state = wait_for(call_once(settings_from(**options).hardware_socket, call))
    for name in values:
        click.echo(f"{name}={_text_of(state.controls.get(name))}")
    for line in without_effect(state, values):
        click.echo(line, err=True)


@click.command()
@settings_options
@click.option("--raw", is_flag=True, help="Keep the sensor's raw data as well, as DNG.")
def capture(raw: bool, **options: str | None) -> None:
    """Take a still; print its id and its files."""
    file = wait_for(_capture(settings_from(**options).hardware_socket, raw))
    click.echo(" ".join(filter(None, (file.capture.id, file.path, file.raw_path))))


@click.command()
@settings_options
def focus(**options: str | None) -> None:
    """Let the camera focus once. Exit code 1 when nothing became sharp."""
    if not wait_for(_focus(settings_from(**options).hardware_socket)).is_sharp:
        raise click.ClickException("the camera found nothing to focus on: give it light or detail")
    click.echo("in focus")


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print each state as a line of JSON.")
def watch(as_json: bool, **options: str | None) -> None:
    """Print a line per change until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        wait_for(_watch(settings_from(**options).hardware_socket, as_json))


Typed: TypeAlias = bool | int | float | str


def parse_value(text: str) -> Typed | list[Typed]:
    """Read a control's value as it is typed; numbers with commas between them are an array.

    What is no finite number stays text, so that the daemon refuses it in its own words.
    """
    if "," in text:
        return [_parse_single(part) for part in text.split(",")]
    return _parse_single(text)


def _parse_single(text: str) -> Typed:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        number = int(text)
    except ValueError:
        with contextlib.suppress(ValueError):
            if math.isfinite(float(text)):
                return float(text)
        return text
    return number if abs(number) <= _LARGEST_INT else text


def without_effect(state: DeviceState, names: Iterable[str]) -> list[str]:
    """Say which of these controls were written and do nothing now, and what to write as well."""
    needs = {info.name: info.needs for info in state.camera.controls}
    return [
        f"{name} has no effect while {other}={_text_of(state.controls[other])}: "
        f"set {other}={_text_of(value)} as well"
        for name in names
        for other, value in filter(None, [needs.get(name)])
        if other in state.controls and state.controls[other] != value
    ]


def summary(state: DeviceState) -> list[str]:
    """Describe a state in a few lines."""
    camera, stream, storage = state.camera, state.streaming, state.storage
    health = state.health
    reason = f" ({camera.reason})" if camera.reason else ""
    live = f"{stream.readers} watching" if stream.active else "nobody watches"
    refused = f", {storage.status}: {storage.reason}" if storage.status != "ok" else ""
    controls = " ".join(f"{name}={_text_of(value)}" for name, value in state.controls.items())
    return [
        f"camera    {camera.model} ({camera.backend}): {camera.status}{reason}",
        f"live      {stream.size.width}x{stream.size.height}, {stream.fps:.1f}/s, {live}",
        f"controls  {controls}",
        f"captures  {state.captures.count}, {state.captures.waiting} waiting",
        *(f"job       {describe(job)}" for job in state.jobs if not job.has_ended),
        f"storage   {storage.free_bytes // _MIB} MiB free of {storage.total_bytes // _MIB} MiB"
        f" in {storage.path}{refused}",
        f"vizy      {state.versions.vizy}, process {health.pid}, since {health.started}",
    ]


def describe_change(old: DeviceState, new: DeviceState) -> str:
    """Describe in one line what is new."""
    parts: list[str] = []
    for section in changes(old, new):
        before, after = _flat(getattr(old, section)), _flat(getattr(new, section))
        news = [f"{name}={value}" for name, value in after.items() if before.get(name) != value]
        parts.append(f"{section}: {' '.join(news)}".rstrip(": "))
    return f"{new.revision} {'; '.join(parts)}"


async def _capture(path: Path, raw: bool) -> CaptureFile:
    taken = await call_once(path, CreateCapture(raw), timeout_s=await _patience_s(path))
    return await call_once(path, GetCapture(taken.id))


async def _focus(path: Path) -> Focused:
    return await call_once(path, Focus(), timeout_s=await _patience_s(path))


async def _patience_s(path: Path) -> float:
    """Return how long a call may take that waits for the camera: an exposure may take minutes."""
    state = await call_once(path, GetState())
    return state.camera.still_limit_s + _ANSWER_S


async def _watch(path: Path, as_json: bool) -> None:
    last: DeviceState | None = None
    async with DeviceMirror(path) as device:
        async for now in device.follow():
            if not now.connected or now.state is None:
                away = '{"connected":false}'
                click.echo(away if as_json else "the camera is away: start it with `vizy run`")
                last = None
                continue
            if as_json:
                click.echo(msgspec.json.encode(now.state).decode())
            elif last is None:
                lines = (" ".join(line.split()) for line in summary(now.state)[:3])
                click.echo(f"{now.state.revision} {'; '.join(lines)}")
            else:
                click.echo(describe_change(last, now.state))
            last = now.state


def _flat(section: Any) -> dict[str, str]:
    """Return a section's plain values as text; lists of things in it by their length."""
    if isinstance(section, tuple):
        return {
            each.id: _news_of(each) for each in cast("tuple[JobState | DeviceWarning]", section)
        }
    fields = msgspec.structs.asdict(section) if isinstance(section, msgspec.Struct) else section
    return {name: _text_of(value) for name, value in fields.items()}


def _news_of(item: JobState | DeviceWarning) -> str:
    return f"{item.status} {item.done}" if isinstance(item, JobState) else item.text


def _text_of(value: object) -> str:
    if isinstance(value, SensorReading):
        return value.reason if value.value is None else f"{value.value:.12g}{value.unit}"
    if isinstance(value, Size):
        return f"{value.width}x{value.height}"
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        is_array = bool(items) and all(isinstance(item, int | float) for item in items)
        return ",".join(map(str, items)) if is_array else f"{len(items)} listed"
    return str(value).lower() if isinstance(value, bool) else str(value)
