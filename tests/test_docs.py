"""What the documentation shows is run as it stands there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardware.daemons import DaemonProcess
from vizy.cli import main
from vizy.settings import load_settings
from vizy.settings.schema import schema

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "dash_devices/README.md"])


def blocks(language: str) -> list[object]:
    """Every code block of a language, named by its page."""
    return [
        pytest.param(code, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, code in enumerate(
            re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)
        )
    ]


@pytest.fixture
def daemon(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A running daemon, where snippets look for it."""
    with DaemonProcess(state_dir) as process:
        process.wait_ready()
        monkeypatch.setenv("VIZY_STATE_DIR", str(state_dir))
        yield


@pytest.mark.parametrize("code", blocks("python"))
def test_a_python_snippet_runs(code: str, request: pytest.FixtureRequest) -> None:
    if "frames_socket" in code or "Vizy()" in code:
        request.getfixturevalue("daemon")
    exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})


@pytest.mark.parametrize("code", blocks("toml"))
def test_a_settings_snippet_is_taken(code: str, tmp_path: Path) -> None:
    file = tmp_path / "vizy.toml"
    file.write_text(code)
    settings = load_settings({"state_dir": str(tmp_path), "config": str(file)}, {})
    assert settings.web.port == tomllib.loads(code)["web"]["port"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\":]+)\"", page.read_text())
    missing = [a or b for a, b in links if not (page.parent / (a or b)).exists()]
    assert missing == []


def test_every_command_of_vizy_that_the_readme_shows_exists() -> None:
    shown = set(re.findall(r"bin/vizy (\w+)", (ROOT / "README.md").read_text()))
    assert shown <= set(main.commands)
    assert {"status", "set", "capture", "watch", "run"} <= shown


def test_every_target_of_make_that_the_readme_shows_exists() -> None:
    shown = set(re.findall(r"\bmake (\w+)", (ROOT / "README.md").read_text()))
    made = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert shown <= made | {"lists"}


def test_every_setting_stands_in_the_documentation_with_its_limits() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    rows = [f"| `{each.key}` | {each.takes} |" for each in schema().values()]
    assert [row for row in rows if row not in page] == []
    shown = re.findall(r"^\| `(\w+\.\w+)` \|", page, re.MULTILINE)
    assert sorted(shown) == sorted(schema())
