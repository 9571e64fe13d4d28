"""`vizy download`: the files of captures, gone on with after a cut, with a bar on a terminal."""

from pathlib import Path

import click

from vizy.cli.bar import Bar
from vizy.cli.captures import size_text
from vizy.cli.options import ask, echo_json, json_option, target_options
from vizy.sdk.aio import AsyncCapture, AsyncVizy
from vizy.sdk.link import Part
from vizy.sdk.saving import filename, size_of


@click.command()
@target_options
@json_option
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all-of", "group", metavar="JOB", help="All that this job took.")
@click.option(
    "--output", "-o", default=".", metavar="DIR", help="Folder; it is made. [default: here]"
)
def download(
    ids: tuple[str, ...],
    group: str | None,
    output: str,
    as_json: bool,
    **options: str | None,
) -> None:
    """Save the files of captures, and print their names.

    What is there already is left, and what was cut off is gone on with.
    """
    if bool(ids) == bool(group):
        raise click.UsageError("name captures by ID, or all of a job by --all-of")
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be made: {error.strerror}") from error
    with Bar() as bar:
        saved = ask(options, lambda vizy: _download(vizy, ids, group, folder, bar, as_json))
    if as_json:
        echo_json([str(path) for path in saved])
    elif not saved:
        click.echo(f"job {group} has no captures", err=True)


async def _download(
    vizy: AsyncVizy, ids: tuple[str, ...], group: str | None, folder: Path, bar: Bar, quiet: bool
) -> list[Path]:
    captures = vizy.camera.captures
    chosen = [await captures.get(each) for each in ids]
    if group is not None:
        chosen += [capture async for capture in captures.find(group=group)]
    saved: list[Path] = []
    for number, capture in enumerate(chosen, 1):
        parts: tuple[Part, ...] = ("file", "raw") if capture.info.raw_bytes else ("file",)
        for part in parts:
            path = await _save(capture, part, folder, bar, f"{number}/{len(chosen)}")
            saved.append(path)
            if not quiet:
                bar.clear()
                click.echo(str(path))
    return saved


async def _save(capture: AsyncCapture, part: Part, folder: Path, bar: Bar, label: str) -> Path:
    target = folder / filename(capture.info, part)
    if _is_whole(target, size_of(capture.info, part)):
        return target

    def progress(done: int, total: int) -> None:
        bar.show(done, total, f"{label} {size_text(done)} of {size_text(total)}")

    return await capture.save(target, part=part, progress=progress)


def _is_whole(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size == size
