"""Overlays hold configuration and no logic; hooks are small, strict shell."""

import stat
import subprocess
from pathlib import Path

import pytest
from vizyimage.overlay import files
from vizyimage.profile import ROOT, load

OVERLAYS = [each for each in sorted((ROOT / "overlay").rglob("*")) if each.is_file()]
HOOKS = sorted((ROOT / "hooks").glob("*"))


@pytest.mark.parametrize("file", OVERLAYS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_of_an_overlay_is_no_program(file: Path) -> None:
    assert not file.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    text = file.read_bytes()
    assert not text.startswith((b"#!", b"\x7fELF"))
    assert file.suffix not in {".sh", ".py"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_a_hook_is_small_strict_and_clean_shell(hook: Path) -> None:
    lines = hook.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines
    assert len(lines) <= 60
    assert hook.stat().st_mode & stat.S_IXUSR
    done = subprocess.run(["shellcheck", hook], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_hook_and_overlay_belongs_to_a_profile() -> None:
    profiles = [load("debian"), load("raspios")]
    hooks = {
        each
        for profile in profiles
        for stage in (profile.hooks.essential, profile.hooks.customize, profile.hooks.finish)
        for each in stage
    }
    assert hooks == {each.name for each in HOOKS}
    folders = {each.name for each in (ROOT / "overlay").iterdir()}
    assert {each for profile in profiles for each in profile.overlays} == folders


def test_the_later_overlay_wins() -> None:
    places = [each.destination for each in files(load("debian"))]
    assert len(places) == len(set(places))
    assert "/etc/hostname" in places
