"""The task against a strict NetworkManager: it opens, closes, joins, and comes back after that."""

from pathlib import Path

import pytest

from tests.web.host.bus import NM, Services, private_bus
from tests.web.onboarding.opening import NOW, PAUSES, alone, opened, wish
from vizy.errors import BusyError, InvalidValueError, TooManyAttemptsError
from web.host.host import Host
from web.onboarding.onboarding import Onboarding
from web.pages.settings.host import network_card


async def test_while_a_network_works_it_is_closed(there: Services, onboarding: Onboarding) -> None:
    await onboarding.turn()
    assert onboarding.point is None
    assert there.manager.open_point == ""


async def test_without_one_it_opens_and_knows_the_networks_seen_before(
    there: Services, onboarding: Onboarding
) -> None:
    await opened(there, onboarding)
    assert onboarding.point is not None
    assert (onboarding.point.name, onboarding.point.address) == ("Vizy-1A2B", "10.42.0.1")
    assert [each.name for each in onboarding.networks] == ["Home", "Garden", "Café"]
    assert there.air.scans == 1
    shown = (await Host(there.address).network()).interfaces[1]
    assert (shown.access_point, shown.addresses) == ("Vizy-1A2B", ("10.42.0.1/24",))
    card = str(network_card(await Host(there.address).network()))
    assert "is the access point Vizy-1A2B" in card


async def test_a_cable_closes_it(there: Services, onboarding: Onboarding) -> None:
    await opened(there, onboarding)
    there.manager.plug_in()
    await onboarding.turn()
    assert (there.manager.open_point, onboarding.point) == ("", None)


async def test_the_network_of_the_visitors_choice_is_joined(
    there: Services, onboarding: Onboarding
) -> None:
    await opened(there, onboarding)
    onboarding.wish(wish("Home", "correct horse"))
    assert onboarding.joining == "Home"
    await onboarding.turn()
    assert there.air.joined == "Home"
    assert (onboarding.point, onboarding.failure, onboarding.joining) == (None, None, "")


@pytest.mark.parametrize(
    ("name", "password", "is_hidden", "reason"),
    [
        ("Home", "wrong password", False, "Home refuses the password"),
        ("Gone", "long enough", True, "Gone refuses the password"),
    ],
)
async def test_when_that_fails_it_opens_again_and_says_why(
    there: Services,
    onboarding: Onboarding,
    name: str,
    password: str,
    is_hidden: bool,
    reason: str,
) -> None:
    await opened(there, onboarding)
    kept = set(there.air.profiles)
    onboarding.wish(wish(name, password, is_hidden=is_hidden))
    await onboarding.turn()
    assert there.manager.open_point == "vizy-setup"
    assert onboarding.point is not None
    assert onboarding.failure is not None
    assert onboarding.failure.reason.startswith(reason)
    assert set(there.air.profiles) == kept


async def test_a_hidden_network_is_joined_by_its_name(
    there: Services, onboarding: Onboarding
) -> None:
    await opened(there, onboarding)
    onboarding.wish(wish("Attic", "correct horse", is_hidden=True))
    await onboarding.turn()
    assert there.air.joined == "Attic"


async def test_what_cannot_work_is_refused_before_it_closes(
    there: Services, onboarding: Onboarding
) -> None:
    await opened(there, onboarding)
    with pytest.raises(InvalidValueError, match="8 to 63"):
        onboarding.wish(wish("Home", "short"))
    onboarding.wish(wish("Café"))
    with pytest.raises(BusyError, match="Café is being joined"):
        onboarding.wish(wish("Home", "correct horse"))


async def test_wishes_are_counted(
    there: Services, onboarding: Onboarding, clock: list[float]
) -> None:
    await opened(there, onboarding)
    for _ in range(6):
        onboarding.wish(wish("Home", "wrong password"))
        await onboarding.turn()
    with pytest.raises(TooManyAttemptsError, match="6 networks in 5 minutes"):
        onboarding.wish(wish("Home", "wrong password"))
    clock[0] += 300
    onboarding.wish(wish("Home", "correct horse"))


async def test_known_networks_are_tried_when_nobody_is_there(
    there: Services, onboarding: Onboarding, clock: list[float]
) -> None:
    there.manager.cut("eth0")
    there.manager.cut("wlan0")
    await onboarding.turn()
    assert there.manager.open_point == "vizy-setup"
    await onboarding.turn()
    clock[0] += 99
    onboarding.visited()
    clock[0] += 99
    await onboarding.turn()
    assert there.manager.open_point == "vizy-setup"
    clock[0] += 1
    await onboarding.turn()
    assert there.manager.open_point == ""
    await onboarding.turn()
    assert there.manager.open_point == "vizy-setup"


async def test_a_wifi_that_refuses_to_be_one_is_asked_again(
    there: Services, onboarding: Onboarding
) -> None:
    there.air.takes_points = False
    alone(there)
    await onboarding.turn()
    assert onboarding.point is None
    there.air.takes_points = True
    await onboarding.turn()
    assert onboarding.point is not None


async def test_somebody_who_joins_from_the_settings_page_is_not_disturbed(
    there: Services, onboarding: Onboarding
) -> None:
    await opened(there, onboarding)
    host = Host(there.address)
    other = Onboarding(host, times=NOW, pauses=PAUSES)
    with host.changing():
        there.manager.cut("wlan0")
        await other.turn()
        assert there.manager.open_point == ""
        with pytest.raises(BusyError):
            await host.join("Home", "correct horse", asked_at=None, confirmed=True)
    await other.turn()
    assert there.manager.open_point == "vizy-setup"


async def test_network_manager_may_go_and_come_back(
    there: Services, onboarding: Onboarding
) -> None:
    await opened(there, onboarding)
    await there.manager.bus.release_name(NM)
    await onboarding.turn()
    assert onboarding.point is None
    there.manager.cut("wlan0")
    await there.manager.bus.request_name(NM)
    await onboarding.turn()
    assert there.manager.open_point == "vizy-setup"


async def test_without_network_manager_or_profile_nothing_is_done(
    tmp_path: Path, there: Services
) -> None:
    alone(there)
    for path in list(there.air.profiles):
        del there.air.profiles[path]
    without = Onboarding(Host(there.address), times=NOW, pauses=PAUSES)
    await without.turn()
    assert (without.point, there.air.scans) == (None, 0)
    (tmp_path / "b").mkdir()
    async with private_bus(tmp_path / "b") as address:
        nobody = Onboarding(Host(address), times=NOW, pauses=PAUSES)
        await nobody.turn()
        assert nobody.point is None
    nothing = Onboarding(Host(f"unix:path={tmp_path}/nothing"), times=NOW, pauses=PAUSES)
    await nothing.turn()
    assert nothing.point is None
