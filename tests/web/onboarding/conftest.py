"""A strict NetworkManager with the access point's profile, and the task on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.host.bus import Services, services
from tests.web.onboarding.opening import NOW, PAUSES
from web.host.host import Host
from web.onboarding.onboarding import Onboarding


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path) as found:
        found.manager.add_access_point()
        yield found


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def onboarding(there: Services, clock: list[float]) -> Onboarding:
    return Onboarding(Host(there.address), times=NOW, pauses=PAUSES, clock=lambda: clock[0])
