"""`switch_off`: every output off, for the process that runs after a daemon that was killed.

A killed process cannot switch anything off. systemd runs a command after each end of a service,
however it ended (``ExecStopPost``), and that command calls this.
"""

from collections.abc import Callable

from hardware.pins.gpio import PinFactory, open_output
from vizy.errors import DeviceError
from vizy.settings.pins import PinSettings


def switch_off(settings: PinSettings, open_chip: Callable[[], PinFactory]) -> list[str]:
    """Drive each output off, then give it back.

    Args:
        settings: What is connected.
        open_chip: Opens the GPIO chip.

    Returns:
        What could not be switched off, and why; empty when all is off.
    """
    if not settings.outputs:
        return []
    try:
        factory = open_chip()
    except DeviceError as error:
        return [str(error)]
    failures: list[str] = []
    for pin, active_low in settings.outputs:
        try:
            open_output(factory, pin, active_low=active_low).close()
        except DeviceError as error:
            failures.append(str(error))
    factory.close()
    return failures
