"""`vizy status`, `set`, `capture`, `focus`, `watch`, `snapshot`, `lamp` and `sensors`."""

import contextlib
import math
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

import click
import msgspec

from vizy.cli.options import ask, echo_json, json_option, target_options
from vizy.cli.watching import describe
from vizy.jobs import JobState
from vizy.sdk.aio import AsyncVizy
from vizy.sensors import DeviceWarning, SensorReading
from vizy.state import Capture, DeviceState, Size, changes

_LARGEST_INT = 2**63 - 1
_MIB = 1024 * 1024


class TakenFiles(Capture, frozen=True, kw_only=True):
    """A capture and where its files are; None when they are on another machine."""

    path: str | None
    raw_path: str | None


@click.command()
@target_options
@json_option
def status(as_json: bool, **options: str | None) -> None:
    """Say how the camera does."""
    state = ask(options, _state)
    if as_json:
        echo_json(state)
        return
    for line in summary(state):
        click.echo(line)


@click.command("set")
@target_options
@json_option
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_controls(assignments: tuple[str, ...], as_json: bool, **options: str | None) -> None:
    """Write controls, all or nothing.

    As in: vizy set Brightness=0.2 ScalerCrop=0,0,1640,1232. `vizy status` shows what there is.
    """
    values: dict[str, object] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not (name and equals):
            raise click.UsageError(f"{assignment!r} is not NAME=VALUE")
        values[name] = parse_value(text)

    async def write(vizy: AsyncVizy) -> DeviceState:
        await vizy.camera.controls.set(values)
        return await vizy.camera.state

    state = ask(options, write)
    if as_json:
        echo_json({name: state.controls.get(name) for name in values})
    else:
        for name in values:
            click.echo(f"{name}={_text_of(state.controls.get(name))}")
    for line in without_effect(state, values):
        click.echo(line, err=True)


@click.command()
@target_options
@json_option
@click.option("--raw", is_flag=True, help="Keep the sensor's raw data as well, as DNG.")
def capture(raw: bool, as_json: bool, **options: str | None) -> None:
    """Take a still; print its id and its files."""

    async def take(vizy: AsyncVizy) -> TakenFiles:
        taken = await vizy.camera.capture(raw=raw)
        path = await taken.path()
        raw_path = await taken.path("raw") if path and taken.info.raw_bytes else None
        return TakenFiles(
            **msgspec.structs.asdict(taken.info),
            path=None if path is None else str(path),
            raw_path=None if raw_path is None else str(raw_path),
        )

    taken = ask(options, take)
    if as_json:
        echo_json(taken)
    else:
        click.echo(" ".join(filter(None, (taken.id, taken.path, taken.raw_path))))


@click.command()
@target_options
@json_option
def focus(as_json: bool, **options: str | None) -> None:
    """Let the camera focus once. Exit code 1 when nothing became sharp."""
    is_sharp = ask(options, lambda vizy: vizy.camera.focus())
    if as_json:
        echo_json({"is_sharp": is_sharp})
    if not is_sharp:
        raise click.ClickException("the camera found nothing to focus on: give it light or detail")
    if not as_json:
        click.echo("in focus")


@click.command()
@target_options
@click.option("--json", "as_json", is_flag=True, help="Print each state as a line of JSON.")
def watch(as_json: bool, **options: str | None) -> None:
    """Print a line per change until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        ask(options, lambda vizy: _watch(vizy, as_json))


@click.command()
@target_options
@click.option("--output", "-o", required=True, metavar="FILE", help="A JPEG; - is stdout.")
@click.option("--width", type=click.IntRange(16, 8192), metavar="N", help="In pixels.")
@click.option("--quality", type=click.IntRange(1, 100), metavar="N", help="Of the JPEG.")
def snapshot(output: str, width: int | None, quality: int | None, **options: str | None) -> None:
    """Save the live picture; the device does not keep it."""
    picture = ask(options, lambda vizy: vizy.camera.snapshot(width=width, quality=quality))
    try:
        with click.open_file(output, "wb") as file:
            file.write(picture.data)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error


@click.command()
@target_options
@click.argument("level", type=click.FloatRange(0, 1))
def lamp(level: float, **options: str | None) -> None:
    """Light the lamp: LEVEL is 0, off, to 1."""
    ask(options, lambda vizy: vizy.camera.light(level))


@click.command()
@target_options
@json_option
@click.option("--history", "is_history", is_flag=True, help="What they said in the last 24 hours.")
def sensors(is_history: bool, as_json: bool, **options: str | None) -> None:
    """Print what the sensors say; of a history, as CSV."""
    if is_history:
        history = ask(options, lambda vizy: vizy.camera.sensors.history())
        if as_json:
            echo_json(history.data)
            return
        for row in history.rows():
            click.echo(",".join(row))
        return
    readings = ask(options, lambda vizy: vizy.camera.sensors.read())
    if as_json:
        echo_json(readings)
        return
    for name, reading in readings.items():
        click.echo(f"{name}={_text_of(reading)}")


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


async def _state(vizy: AsyncVizy) -> DeviceState:
    return await vizy.camera.state


async def _watch(vizy: AsyncVizy, as_json: bool) -> None:
    last: DeviceState | None = None
    is_away = False

    def on_away(reason: str) -> None:
        nonlocal last, is_away
        if not is_away:
            click.echo('{"connected":false}' if as_json else f"{reason}: trying again")
        last, is_away = None, True

    async for state in vizy.camera.watch(on_away):
        is_away = False
        if as_json:
            click.echo(msgspec.json.encode(state).decode())
        elif last is None:
            lines = (" ".join(line.split()) for line in summary(state)[:3])
            click.echo(f"{state.revision} {'; '.join(lines)}")
        else:
            click.echo(describe_change(last, state))
        last = state


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
