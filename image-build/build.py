"""Build Vizy's SD-card image: ``python image-build/build.py image debian --arch arm64 --plan``.

A thin command over the package ``vizyimage`` beside it; ``make image`` calls it.
"""

import os
import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent))

from vizyimage import mirror, planning, profile
from vizyimage.errors import BuildError

from vizy.version import __version__

DIST = Path(__file__).resolve().parent.parent / "dist"
"""Where results are put."""


def cache_folder() -> Path:
    """Find where layers are kept between builds."""
    there = os.environ.get("VIZY_IMAGE_CACHE") or "~/.cache/vizy-image"
    return Path(there).expanduser()


@click.group()
def main() -> None:
    """Build what is installed on a Raspberry Pi."""


@main.command()
@click.argument("name", metavar="PROFILE")
@click.option("--arch", type=click.Choice(profile.ARCHES), default="arm64", show_default=True)
@click.option("--plan", "only_plan", is_flag=True, help="Tell what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --plan: for programs.")
def image(name: str, arch: profile.Arch, only_plan: bool, as_json: bool) -> None:
    """Build the image of PROFILE, as `debian`; needs root, except with --plan."""
    chosen = profile.load(name)
    mirrors = mirror.host_mirrors()
    plan = planning.plan(chosen, arch, mirrors=mirrors, cache=cache_folder(), version=__version__)
    if only_plan:
        click.echo(plan.as_json() if as_json else plan.as_text())
        return
    raise BuildError("building comes next")


if __name__ == "__main__":
    try:
        main()
    except BuildError as error:
        click.echo(f"vizy: {error}", err=True)
        sys.exit(1)
