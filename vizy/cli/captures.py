"""`vizy captures`: finding, protecting, tagging and deleting what was taken."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, get_args

import click

from vizy.cli.options import TARGET_OPTIONS, ask, echo_json, json_option, target_options
from vizy.sdk.aio import AsyncCaptures
from vizy.state import Capture, CaptureKind

_ids = click.argument("ids", nargs=-1, required=True, metavar="ID...")


@click.group()
def captures() -> None:
    """Find, protect, tag, delete and restore captures."""


@captures.command("list")
@target_options
@json_option
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="How many at most.")
@click.option("--before", metavar="ID", help="Only older ones than this.")
@click.option("--kind", type=click.Choice(get_args(CaptureKind)), help="How they came about.")
@click.option("--group", metavar="JOB", help="Only those that this job took.")
@click.option("--tag", metavar="TAG", help="Only those with this tag.")
@click.option("--since", metavar="TIME", help="Taken then or later: 2026-11-21T12:00:00Z.")
@click.option("--until", metavar="TIME", help="Taken before.")
def list_captures(as_json: bool, **filters: Any) -> None:
    """Print captures, newest first."""
    options = {name: filters.pop(name) for name in TARGET_OPTIONS}
    page = ask(options, lambda vizy: vizy.camera.captures.page(**filters))
    if as_json:
        echo_json(page)
        return
    for capture in page.items:
        click.echo(line_of(capture))
    if not page.items:
        click.echo("no captures", err=True)
    if page.next is not None:
        click.echo(f"{page.count} in all; go on with --before {page.next}")


@captures.command()
@target_options
@json_option
@_ids
def protect(ids: tuple[str, ...], as_json: bool, **options: str | None) -> None:
    """Keep captures whatever happens."""
    _change(options, as_json, lambda captures: captures.update(ids, protected=True))


@captures.command()
@target_options
@json_option
@_ids
def unprotect(ids: tuple[str, ...], as_json: bool, **options: str | None) -> None:
    """Let captures go when they are deleted or room is needed."""
    _change(options, as_json, lambda captures: captures.update(ids, protected=False))


@captures.command()
@target_options
@json_option
@_ids
@click.option("--tag", "-t", "tags", multiple=True, metavar="TAG", help="May be given again.")
def tag(ids: tuple[str, ...], tags: tuple[str, ...], as_json: bool, **options: str | None) -> None:
    """Give captures tags in place of those they have. Without --tag, none."""
    _change(options, as_json, lambda captures: captures.update(ids, tags=tags))


@captures.command()
@target_options
@json_option
@_ids
def delete(ids: tuple[str, ...], as_json: bool, **options: str | None) -> None:
    """Delete captures, all or none. `restore` brings them back for a while."""
    _change(options, as_json, lambda captures: captures.delete(ids))


@captures.command()
@target_options
@json_option
@_ids
def restore(ids: tuple[str, ...], as_json: bool, **options: str | None) -> None:
    """Bring deleted captures back, all or none."""
    _change(options, as_json, lambda captures: captures.restore(ids))


def line_of(capture: Capture) -> str:
    """Describe a capture in a line."""
    facts: Iterable[str] = (
        capture.id,
        f"{capture.size.width}x{capture.size.height}",
        size_text(capture.bytes + capture.raw_bytes),
        capture.kind,
        f"{capture.duration_s:.1f} s" if capture.duration_s else "",
        "with DNG" if capture.raw_bytes else "",
        f"job {capture.group}" if capture.group else "",
        "protected" if capture.protected else "",
        " ".join(f"#{tag}" for tag in capture.tags),
    )
    return "  ".join(fact for fact in facts if fact)


def size_text(count_bytes: int) -> str:
    """Write a number of bytes for people."""
    return f"{count_bytes / 1e6:.1f} MB" if count_bytes >= 1e6 else f"{count_bytes / 1e3:.0f} kB"


def _change(
    options: dict[str, str | None],
    as_json: bool,
    change: Callable[[AsyncCaptures], Awaitable[tuple[Capture, ...]]],
) -> None:
    changed = ask(options, lambda vizy: change(vizy.camera.captures))
    if as_json:
        echo_json(changed)
        return
    for capture in changed:
        click.echo(line_of(capture))
