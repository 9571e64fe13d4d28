"""Clients of a whole Vizy."""

from collections.abc import Iterator

import httpx
import pytest

from tests.system.processes import VizyProcesses


@pytest.fixture(scope="module")
def vizy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VizyProcesses]:
    """Both processes for all tests of a file that do them no harm."""
    with VizyProcesses(tmp_path_factory.mktemp("vizy")) as processes:
        yield processes


@pytest.fixture
def client(vizy: VizyProcesses) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=vizy.url, timeout=20) as client:
        yield client
