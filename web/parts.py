"""`Parts`: what pages, API and live picture are made of, handed to each of them. No logic."""

from dataclasses import dataclass, field

from vizy.device import DeviceMirror
from vizy.settings import Settings
from web.auth.accounts import Accounts
from web.host.host import Host
from web.system.system import System
from web.video.frames import FrameHub


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of one web process, all on its loop.

    Attributes:
        settings: What the process was started with.
        device: The mirror of the hardware process.
        hub: Where live frames come from.
        accounts: Who may come in.
        system: The device itself: health, log, restart.
        host: The machine's name, time zone and network.
    """

    settings: Settings
    device: DeviceMirror
    hub: FrameHub
    accounts: Accounts
    system: System
    host: Host = field(default_factory=Host)
