"""What a machine lacks is told before any work."""

from pathlib import Path

import pytest
from vizyimage import host
from vizyimage.errors import HostError
from vizyimage.mirror import host_mirrors, mirrored
from vizyimage.profile import ROOT, load


def away(address: str) -> str | None:
    return "Name or service not known" if "raspberrypi" in address else None


def test_raspios_stops_where_its_archive_is_not_reached() -> None:
    with pytest.raises(HostError) as caught:
        host.need_archives(load("raspios"), {}, answers=away)
    text = str(caught.value)
    assert "PROFILE=raspios cannot be built here, nothing was done" in text
    assert "http://archive.raspberrypi.com/debian/dists/trixie/InRelease cannot be reached" in text
    assert "Name or service not known" in text
    assert "build where it can, or choose a profile that does without" in text


def test_raspios_stops_without_the_key_of_its_archive(tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        host.need_archives(load("raspios"), {}, root=tmp_path, answers=lambda _: None)
    assert f"{tmp_path / 'keys/raspberrypi-archive-keyring.gpg'}" in str(caught.value)
    assert f"{tmp_path / 'keys/README.md'} tells how to get and check it" in str(caught.value)


def test_how_to_get_the_key_is_written_where_the_message_says() -> None:
    page = (ROOT / "keys/README.md").read_text()
    assert "keys/raspberrypi-archive-keyring.gpg" in page
    assert "https://archive.raspberrypi.com/debian/raspberrypi.gpg.key" in page


def test_the_mirror_is_what_is_asked() -> None:
    asked: list[str] = []

    def answers(address: str) -> str | None:
        asked.append(address)
        return None

    mirrors = {"debian": "http://near/debian", "debian-security": "http://near/debian-security"}
    host.need_archives(load("debian"), mirrors, answers=answers)
    assert asked == [
        "http://near/debian/dists/trixie/InRelease",
        "http://near/debian/dists/trixie-updates/InRelease",
        "http://near/debian-security/dists/trixie-security/InRelease",
    ]


def test_an_address_that_nobody_has_is_told_with_its_reason() -> None:
    reason = host.why_not("http://127.0.0.1:9/dists/trixie/InRelease")
    assert reason is not None
    assert "refused" in reason


def test_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    with pytest.raises(HostError, match="needs root: run it with sudo"):
        host.need_root()


def test_a_missing_program_is_told_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host.shutil, "which", lambda tool: None if tool == "mcopy" else tool)
    with pytest.raises(HostError, match="sudo apt install --no-install-recommends mtools"):
        host.need_tools("arm64")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=rf"{tmp_path} has .* GB free, a build needs 1000000000.0"):
        host.need_room(tmp_path, 10**18)


def test_mirrors_are_read_from_both_forms_of_apts_lists(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://old/debian bookworm main\n"
        "deb [signed-by=/x.gpg] http://near/debian bookworm main\n"
    )
    (tmp_path / "sources.list.d/more.sources").write_text(
        "Types: deb\nURIs: http://near/debian-security/\nSuites: bookworm-security\n"
    )
    (tmp_path / "sources.list.d/other.list").write_text("deb https://other/apt stable main\n")
    assert host_mirrors(tmp_path) == {
        "debian": "http://near/debian",
        "debian-security": "http://near/debian-security",
    }


def test_only_debians_official_addresses_are_mirrored() -> None:
    mirrors = {"debian": "http://near/debian"}
    assert mirrored("http://deb.debian.org/debian", mirrors) == "http://near/debian"
    raspberry_pi = "http://archive.raspberrypi.com/debian"
    assert mirrored(raspberry_pi, mirrors) == raspberry_pi
