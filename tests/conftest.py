"""Fixtures for every test: a state folder, and the check that a test leaves nothing behind."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.leaks import Belongings
from tests.system.processes import VizyProcesses

GRACE_S = 3.0
BROWSER = "tests/browser/"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what boots an image unless it is asked for: `make image-test`."""
    is_image = collection_path == Path(__file__).parent / "image"
    is_asked = any("tests/image" in argument for argument in config.args)
    return True if is_image and not is_asked else None


@pytest.fixture(autouse=True)
def leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaks a task, a thread, a file descriptor or shared memory.

    What closes by itself a moment later is given that moment. For a coroutine test the look is
    taken on its own loop, while that still turns.
    """
    if inspect.iscoroutinefunction(inspect.unwrap(request.function)):
        request.getfixturevalue("_leaves_nothing_on_the_loop")
        yield
        return
    before = Belongings.now()
    yield
    deadline = time.monotonic() + GRACE_S
    while (left := Belongings.beyond(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, "the test left behind: " + "; ".join(left)


@pytest.fixture
async def _leaves_nothing_on_the_loop() -> AsyncIterator[None]:
    before = Belongings.now()
    yield
    deadline = time.monotonic() + GRACE_S
    while (left := Belongings.beyond(before)) and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert not left, "the test left behind: " + "; ".join(left)


@pytest.fixture(autouse=True, scope="session")
def caches_stay_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the tests compress out of the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A folder for one Vizy's state; its path is short enough for a Unix socket."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def vizy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VizyProcesses]:
    """Both real processes, ready, for all tests of a file that do them no harm."""
    with VizyProcesses(tmp_path_factory.mktemp("vizy")) as processes:
        yield processes


@pytest.fixture
def vizy_processes(state_dir: Path) -> Iterator[VizyProcesses]:
    """Both real processes, ready, for one test to kill."""
    with VizyProcesses(state_dir) as processes:
        yield processes


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run what drives a browser last; of several processes, one takes it all from the start.

    The browser's event loop turns in the main thread until it is closed, so no coroutine may run in
    between.
    """

    def drives_a_browser(item: pytest.Item) -> bool:
        return item.nodeid.startswith(BROWSER)

    items.sort(key=drives_a_browser, reverse=hasattr(config, "workerinput"))


class FilesTogether(LoadScopeScheduling):
    """Gives a file to one process, and all that drives a browser."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    """Say how several processes share the tests."""
    return FilesTogether(config, log)
