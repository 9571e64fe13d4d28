"""Build Vizy's SD-card image: ``python image-build/build.py image debian --arch arm64 --plan``.

A thin command over the package ``vizyimage`` beside it; ``make image`` calls it.
"""

import signal
import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent))

from vizyimage import image as images
from vizyimage import mirror, planning, profile
from vizyimage.cache import Cache, cache_folder
from vizyimage.errors import BuildError

from vizy.version import __version__

REPOSITORY = Path(__file__).resolve().parent.parent
DIST = REPOSITORY / "dist"
"""Where results are put."""


@click.group()
def main() -> None:
    """Build what is installed on a Raspberry Pi."""


@main.command()
@click.argument("name", metavar="PROFILE")
@click.option("--arch", type=click.Choice(profile.ARCHES), default="arm64", show_default=True)
@click.option("--plan", "only_plan", is_flag=True, help="Tell what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --plan: for programs.")
@click.option("--fresh", is_flag=True, help="Make the base anew, with today's packages.")
def image(name: str, arch: profile.Arch, only_plan: bool, as_json: bool, fresh: bool) -> None:
    """Build the image of PROFILE, as `debian`; needs root, except with --plan."""
    chosen = profile.load(name)
    mirrors = mirror.host_mirrors()
    cache = Cache(cache_folder())
    if only_plan:
        plan = planning.plan(chosen, arch, mirrors=mirrors, cache=cache, version=__version__)
        click.echo(plan.as_json() if as_json else plan.as_text())
        return
    begun = time.monotonic()
    made = images.build(
        chosen,
        arch,
        mirrors,
        version=__version__,
        repository=REPOSITORY,
        cache=cache,
        dist=DIST,
        fresh=fresh,
    )
    click.echo(images.summary(made, time.monotonic() - begun))


@main.command()
@click.option("--arch", type=click.Choice(profile.ARCHES), default="arm64", show_default=True)
def deb(arch: profile.Arch) -> None:
    """Build the package for Debian 13 and Raspberry Pi OS; needs root."""
    click.echo(images.package(arch, __version__, REPOSITORY, Cache(cache_folder()), DIST))


def _end(*_: object) -> None:
    """Treat SIGTERM as Ctrl-C: what was mounted is taken down, what is unfinished removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    try:
        main()
    except BuildError as error:
        click.echo(f"vizy: {error}", err=True)
        sys.exit(1)
