"""The command ``vizy``."""

import click

from vizy.cli import captures, completion, device, doctor, download, fault, jobs, presets, run
from vizy.version import __version__

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vizy")
def main() -> None:
    """Vizy: everyone on the network sees and steers the same camera."""


for _command in (
    run.run,
    run.hardware,
    run.web,
    run.cameras,
    run.password,
    device.status,
    device.set_controls,
    device.focus,
    device.capture,
    device.watch,
    device.snapshot,
    device.lamp,
    device.sensors,
    captures.captures,
    download.download,
    presets.preset,
    jobs.burst,
    jobs.bracket,
    jobs.timelapse,
    jobs.record,
    jobs.motion,
    jobs.movie,
    jobs.list_jobs,
    jobs.stop,
    doctor.doctor,
    completion.completion,
    fault.fault,
):
    main.add_command(_command)
