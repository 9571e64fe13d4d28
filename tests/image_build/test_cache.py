"""Layers are whole or not there, made once, and old ones go."""

import os
import threading
from pathlib import Path

import pytest
from vizyimage import rootfs
from vizyimage.cache import KEPT, Cache, cache_folder
from vizyimage.profile import load


def test_a_layer_is_made_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    made: list[str] = []

    def make(target: Path) -> None:
        made.append(target.name)
        target.write_text("layer")

    first = cache.get("base", "abc", ".tar", make)
    second = cache.get("base", "abc", ".tar", make)
    assert first == (tmp_path / "base-abc.tar", False)
    assert second == (tmp_path / "base-abc.tar", True)
    assert len(made) == 1


def test_a_fresh_layer_replaces_the_one_there_is(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.get("base", "abc", ".tar", lambda target: target.write_text("old") and None)
    file, was_there = cache.get(
        "base", "abc", ".tar", lambda target: target.write_text("new") and None, fresh=True
    )
    assert (file.read_text(), was_there) == ("new", False)


def test_a_layer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(target: Path) -> None:
        target.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path).get("base", "abc", ".tar", fail)
    assert [each.name for each in tmp_path.iterdir()] == ["locks"]


def test_two_builds_of_one_layer_do_not_meet(tmp_path: Path) -> None:
    begun, made = threading.Barrier(2), []

    def make(target: Path) -> None:
        made.append(target)
        target.write_text("layer")

    def build() -> None:
        begun.wait()
        Cache(tmp_path).get("base", "abc", ".tar", make)

    threads = [threading.Thread(target=build) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) == 1


def test_of_each_kind_the_last_used_stay(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(KEPT + 2):
        cache.get("base", str(number), ".tar", lambda target: target.touch())
        os.utime(tmp_path / f"base-{number}.tar", (number, number))
    cache.get("site", "x", ".tar", lambda target: target.touch())
    assert not (tmp_path / "base-0.tar").exists()
    assert len(list(tmp_path.glob("base-*.tar"))) == KEPT
    assert (tmp_path / "site-x.tar").exists()


def test_the_folder_is_below_the_home_or_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIZY_IMAGE_CACHE", raising=False)
    assert cache_folder() == Path.home() / ".cache/vizy-image"
    monkeypatch.setenv("VIZY_IMAGE_CACHE", "/big/disk")
    assert cache_folder() == Path("/big/disk")


def test_the_base_is_named_by_what_is_in_it() -> None:
    debian, raspios = load("debian"), load("raspios")
    keys = {
        rootfs.key(debian, "arm64"),
        rootfs.key(debian, "amd64"),
        rootfs.key(raspios, "arm64"),
    }
    assert len(keys) == 3
    assert rootfs.key(debian, "arm64") == rootfs.key(load("debian"), "arm64")
