"""`vizy captures`: finding, protecting, tagging and deleting what was taken."""

from collections.abc import Iterable
from typing import Any, get_args

import click
import msgspec

from vizy.cli.options import settings_from, settings_options, wait_for
from vizy.messages import (
    Captures,
    DeleteCaptures,
    ListCaptures,
    RestoreCaptures,
    UpdateCaptures,
)
from vizy.rpc.client import call_once
from vizy.state import Capture, CaptureKind

_ids = click.argument("ids", nargs=-1, required=True, metavar="ID...")


@click.group()
def captures() -> None:
    """Find, protect, tag, delete and restore captures."""


@captures.command("list")
@settings_options
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="How many at most.")
@click.option("--before", metavar="ID", help="Only older ones than this.")
@click.option("--kind", type=click.Choice(get_args(CaptureKind)), help="How they came about.")
@click.option("--group", metavar="JOB", help="Only those that this job took.")
@click.option("--tag", metavar="TAG", help="Only those with this tag.")
@click.option("--since", metavar="TIME", help="Taken then or later: 2026-11-21T12:00:00Z.")
@click.option("--until", metavar="TIME", help="Taken before.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole page as JSON.")
def list_captures(as_json: bool, config: str | None, state_dir: str | None, **filters: Any) -> None:
    """Print captures, newest first."""
    settings = settings_from(config=config, state_dir=state_dir)
    page = wait_for(call_once(settings.hardware_socket, ListCaptures(**filters)))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))
        return
    for capture in page.items:
        click.echo(line_of(capture))
    if not page.items:
        click.echo("no captures", err=True)
    if page.next is not None:
        click.echo(f"{page.count} in all; go on with --before {page.next}")


@captures.command()
@settings_options
@_ids
def protect(ids: tuple[str, ...], **options: str | None) -> None:
    """Keep captures whatever happens."""
    _call(UpdateCaptures(ids, protected=True), options)


@captures.command()
@settings_options
@_ids
def unprotect(ids: tuple[str, ...], **options: str | None) -> None:
    """Let captures go when they are deleted or room is needed."""
    _call(UpdateCaptures(ids, protected=False), options)


@captures.command()
@settings_options
@_ids
@click.option("--tag", "-t", "tags", multiple=True, metavar="TAG", help="May be given again.")
def tag(ids: tuple[str, ...], tags: tuple[str, ...], **options: str | None) -> None:
    """Give captures tags in place of those they have. Without --tag, none."""
    _call(UpdateCaptures(ids, tags=tags), options)


@captures.command()
@settings_options
@_ids
def delete(ids: tuple[str, ...], **options: str | None) -> None:
    """Delete captures, all or none. `restore` brings them back for a while."""
    _call(DeleteCaptures(ids), options)


@captures.command()
@settings_options
@_ids
def restore(ids: tuple[str, ...], **options: str | None) -> None:
    """Bring deleted captures back, all or none."""
    _call(RestoreCaptures(ids), options)


def line_of(capture: Capture) -> str:
    """Describe a capture in a line."""
    facts: Iterable[str] = (
        capture.id,
        f"{capture.size.width}x{capture.size.height}",
        _size_of(capture.bytes + capture.raw_bytes),
        capture.kind,
        f"{capture.duration_s:.1f} s" if capture.duration_s else "",
        "with DNG" if capture.raw_bytes else "",
        f"job {capture.group}" if capture.group else "",
        "protected" if capture.protected else "",
        " ".join(f"#{tag}" for tag in capture.tags),
    )
    return "  ".join(fact for fact in facts if fact)


def _size_of(count_bytes: int) -> str:
    return f"{count_bytes / 1e6:.1f} MB" if count_bytes >= 1e6 else f"{count_bytes / 1e3:.0f} kB"


def _call(
    call: UpdateCaptures | DeleteCaptures | RestoreCaptures, options: dict[str, str | None]
) -> None:
    changed: Captures = wait_for(call_once(settings_from(**options).hardware_socket, call))
    for capture in changed.items:
        click.echo(line_of(capture))
