"""What the tests of the access point have in common: no patience, and a machine without network."""

from tests.web.host.bus import Services
from web.onboarding.machine import Times
from web.onboarding.onboarding import Onboarding, Pauses, Wish

NOW = Times(
    settle_s=0, start_s=0, lost_s=0, connecting_s=0, try_s=0, quiet_s=100, close_s=0, retry_s=0
)
PAUSES = Pauses(busy_s=0.01, calm_s=0.01, away_s=0.01, answer_s=0)


def alone(there: Services) -> None:
    """Leave the machine without any network."""
    there.manager.cut("eth0")
    there.manager.cut("wlan0")
    there.manager.forget_networks()


def wish(name: str, password: str = "", *, is_hidden: bool = False) -> Wish:
    return Wish(name=name, password=password, is_hidden=is_hidden)


async def opened(there: Services, onboarding: Onboarding) -> None:
    alone(there)
    await onboarding.turn()
    assert there.manager.open_point == "vizy-setup"
