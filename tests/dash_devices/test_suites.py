"""Scripts, assets and pages over real sockets: compressed once, and kept by who has them."""

import asyncio
import contextlib
import gzip
import logging
import os
import re
import subprocess
import sys
import threading
import types
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import dash
import httpx
import pytest
import quart
from dash import dcc, html

import dash_devices.cache
from dash_devices import Dash
from dash_devices.answers import Body
from dash_devices.cache import GzipCache, Source, default_folder
from dash_devices.suites import precompress
from tests.dash_devices.page import WAIT_S, serving

SUITES = "/_dash-component-suites"
SCRIPT = f"{SUITES}/parts/script.js"
TEXT = b"function part() { return 'a part of the page, and another one'; }\n" * 100
PLAIN = {"Accept-Encoding": "identity"}


class Shop:
    """An application with a component package and an assets folder, both on disk."""

    def __init__(self, folder: Path, package: Path) -> None:
        self.package = package
        self.assets = folder / "assets"
        self.assets.mkdir()
        self.app = Dash("shop", assets_folder=str(self.assets))
        self.app.layout = html.Div(dcc.Input(id="a"))
        self.cache: GzipCache = self.app.backend.cache
        self.cache.folder = self.folder = folder / "cache" / "dash_devices"

    def add(self, name: str, content: bytes = TEXT) -> Path:
        """Put a file into the package and register it."""
        file = self.package / name
        file.write_bytes(content)
        self.app.registered_paths["parts"].add(name)
        return file

    def entries(self) -> list[Path]:
        """Every file in the cache."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.AsyncClient]:
        """Serve it to a client."""
        async with serving(self.app) as served:
            base = f"http://127.0.0.1:{served.port}"
            async with httpx.AsyncClient(base_url=base, timeout=WAIT_S) as client:
                yield client


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """One with a script in its package."""
    package = types.ModuleType("parts")
    folder = tmp_path / "parts"
    folder.mkdir()
    package.__file__ = str(folder / "__init__.py")
    package.__version__ = "1.0"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "parts", package)
    made = Shop(tmp_path, folder)
    made.add("script.js")
    return made


async def on_the_wire(client: httpx.AsyncClient, url: str, **headers: str) -> bytes:
    """Return a body as it was sent."""
    async with client.stream("GET", url, headers=headers) as response:
        return b"".join([part async for part in response.aiter_raw()])


# -- what is sent ---------------------------------------------------------------------------------


async def test_a_script_is_sent_compressed_and_says_what_it_is(shop: Shop) -> None:
    async with shop.open() as client:
        answer = await client.get(SCRIPT)
        sent = await on_the_wire(client, SCRIPT)
    assert answer.status_code == 200
    assert answer.content == TEXT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert gzip.decompress(sent) == TEXT
    assert int(answer.headers["Content-Length"]) == len(sent) < len(TEXT) / 10


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("script.js.map", "application/json"),
        ("data.json", "application/json"),
        ("module.mjs", "text/javascript; charset=utf-8"),
    ],
)
async def test_other_text_is_compressed_too(shop: Shop, name: str, content_type: str) -> None:
    shop.add(name)
    async with shop.open() as client:
        answer = await client.get(f"{SUITES}/parts/{name}")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == content_type
    assert answer.content == TEXT


async def test_a_font_is_sent_as_it_is_with_an_etag(shop: Shop) -> None:
    shop.add("font.woff2", b"\0" * 5000)
    async with shop.open() as client:
        answer = await client.get(f"{SUITES}/parts/font.woff2")
        again = await client.get(answer.url, headers={"If-None-Match": answer.headers["ETag"]})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Type"] == "font/woff2"
    assert answer.content == b"\0" * 5000
    assert again.status_code == 304
    assert not shop.entries()


@pytest.mark.parametrize("accepted", ["identity", "", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0"])
async def test_a_client_that_does_not_take_gzip_gets_the_plain_bytes(
    shop: Shop, accepted: str
) -> None:
    async with shop.open() as client:
        answer = await client.get(SCRIPT, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) == len(TEXT)
    assert answer.content == TEXT


@pytest.mark.parametrize("accepted", ["gzip", "*", "br, gzip;q=0.1", "deflate, GZIP"])
async def test_a_client_that_takes_gzip_gets_it(shop: Shop, accepted: str) -> None:
    async with shop.open() as client:
        answer = await client.get(SCRIPT, headers={"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == "gzip"


async def test_every_script_of_a_real_page_is_compressed_and_kept(shop: Shop) -> None:
    async with shop.open() as client:
        page = await client.get("/")
        urls = [part.split('"')[0] for part in page.text.split('src="')[1:]]
        suites = [url for url in urls if SUITES in url]
        answers = [await client.get(url) for url in suites]
    assert len(suites) >= 8
    for answer in answers:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_head_says_what_get_would_without_a_body(shop: Shop) -> None:
    async with shop.open() as client:
        for headers in ({}, PLAIN):
            got = await client.get(SCRIPT, headers=headers)
            told = await client.head(SCRIPT, headers=headers)
            assert told.status_code == 200
            assert told.content == b""
            del got.headers["Date"], told.headers["Date"]
            assert told.headers == got.headers


# -- what is kept ---------------------------------------------------------------------------------


async def test_a_fingerprinted_script_is_kept_for_ever_and_others_are_asked_about(
    shop: Shop,
) -> None:
    async with shop.open() as client:
        fingerprinted = await client.get(f"{SUITES}/parts/script.v1_0m123.js")
        other = await client.get(SCRIPT)
    assert fingerprinted.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert other.headers["Cache-Control"] == "no-cache"
    assert fingerprinted.content == other.content == TEXT


@pytest.mark.parametrize("headers", [{}, PLAIN], ids=["gzip", "plain"])
@pytest.mark.parametrize("has", ["{tag}", "W/{tag}", '"other", {tag}', 'W/"other",W/{tag}', "*"])
async def test_who_has_it_is_told_so(shop: Shop, has: str, headers: dict[str, str]) -> None:
    async with shop.open() as client:
        tag = (await client.get(SCRIPT, headers=headers)).headers["ETag"]
        for method in ("GET", "HEAD"):
            known = headers | {"If-None-Match": has.format(tag=tag)}
            answer = await client.request(method, SCRIPT, headers=known)
            assert answer.status_code == 304
            assert answer.content == b""
            assert answer.headers["ETag"] == tag
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert "Content-Type" not in answer.headers


async def test_the_compressed_and_the_plain_bytes_have_strong_etags_of_their_own(
    shop: Shop,
) -> None:
    async with shop.open() as client:
        packed = (await client.get(SCRIPT)).headers["ETag"]
        plain = (await client.get(SCRIPT, headers=PLAIN)).headers["ETag"]
        answer = await client.get(SCRIPT, headers=PLAIN | {"If-None-Match": packed})
    assert packed != plain
    assert packed.startswith('"')
    assert plain.startswith('"')
    assert answer.status_code == 200
    assert answer.content == TEXT


async def test_a_changed_file_is_sent_again(shop: Shop) -> None:
    async with shop.open() as client:
        tag = (await client.get(SCRIPT)).headers["ETag"]
        shop.add("script.js", TEXT + b"// changed")
        answer = await client.get(SCRIPT, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.content == TEXT + b"// changed"


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "parts/__init__.py",
        "parts/%2e%2e/secret.js",
        "parts/..%2fsecret.js",
        "parts/%2e/script.js",
        "os/path.js",
        "httpx/__init__.py",
    ],
)
async def test_what_is_not_registered_is_refused_as_stock_dash_does(shop: Shop, path: str) -> None:
    for secret in (shop.package / "__init__.py", shop.package.parent / "secret.js"):
        secret.write_bytes(TEXT)
    stock = dash.Dash("stock", backend="quart")
    stock.layout = shop.app.layout
    stock.registered_paths["parts"].add("script.js")
    async with shop.open() as client:
        answer = await client.get(f"{SUITES}/{path}")
    expected = await stock.server.test_client().get(f"{SUITES}/{path}")
    assert answer.status_code == expected.status_code >= 400
    assert TEXT not in answer.content
    assert not shop.entries()


async def test_a_registered_file_that_is_not_there_is_not_found(shop: Shop) -> None:
    shop.add("gone.js").unlink()
    async with shop.open() as client:
        answer = await client.get(f"{SUITES}/parts/gone.js")
    assert answer.status_code == 404


# -- compressing once -----------------------------------------------------------------------------


class Press:
    """Stands in the way of compressing, and counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.is_at_work = threading.Event()
        self.may_go_on = threading.Event()
        real = dash_devices.cache._write

        def write(*args: Any) -> None:
            self.times += 1
            self.is_at_work.set()
            assert self.may_go_on.wait(WAIT_S)
            real(*args)

        monkeypatch.setattr(dash_devices.cache, "_write", write)

    async def at_work(self) -> None:
        """Wait until something is being compressed."""
        assert await asyncio.to_thread(self.is_at_work.wait, WAIT_S)


async def test_ten_requests_at_once_compress_once_and_the_server_goes_on_meanwhile(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(monkeypatch)
    claim, claims, all_came = shop.cache._claim, [], asyncio.Event()

    def counted(entry: Path) -> Any:
        claims.append(entry)
        if len(claims) == 10:
            all_came.set()
        return claim(entry)

    monkeypatch.setattr(shop.cache, "_claim", counted)
    async with shop.open() as client:
        asked = [asyncio.create_task(client.get(SCRIPT)) for _ in range(10)]
        await asyncio.wait_for(all_came.wait(), WAIT_S)
        assert (await client.get("/_dash-devices/dash_devices.js")).status_code == 200
        press.may_go_on.set()
        answers = await asyncio.gather(*asked)
    assert press.times == 1
    assert {answer.content for answer in answers} == {TEXT}
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}


async def test_who_leaves_while_it_is_compressed_leaves_it_to_the_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(monkeypatch)
    source = Source.of(shop.package / "script.js", "parts", "1.0")
    first = asyncio.create_task(shop.cache.get(source))
    await press.at_work()
    second = asyncio.create_task(shop.cache.get(source))
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    press.may_go_on.set()
    assert await asyncio.wait_for(second, WAIT_S) == shop.entries()[0]
    assert press.times == 1


async def test_another_start_finds_what_is_compressed_already(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source.of(shop.package / "script.js", "parts", "1.0")
    entry = await shop.cache.get(source)
    press = Press(monkeypatch)
    assert await GzipCache(shop.folder).get(source) == entry
    assert press.times == 0


async def test_precompressing_leaves_nothing_to_do_for_the_first_request(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = precompress(shop.app)
    assert done == len(shop.entries()) > 10
    press = Press(monkeypatch)
    async with shop.open() as client:
        for url in (SCRIPT, f"{SUITES}/dash/dcc/async-slider.js"):
            assert (await client.get(url)).headers["Content-Encoding"] == "gzip"
    assert press.times == 0
    assert precompress(shop.app) == done


def test_precompressing_ends_when_it_is_told_to(shop: Shop) -> None:
    stop = threading.Event()
    stop.set()
    assert precompress(shop.app, stop) == 0
    assert not shop.entries()


def test_several_processes_may_compress_the_same_file(shop: Shop) -> None:
    file = shop.add("large.js", os.urandom(1 << 20).hex().encode())
    program = (
        "import sys, gzip, pathlib; from dash_devices.cache import GzipCache, Source;"
        "folder, file = map(pathlib.Path, sys.argv[1:]);"
        "entry = GzipCache(folder).get_blocking(Source.of(file));"
        "assert gzip.decompress(entry.read_bytes()) == file.read_bytes()"
    )
    command = [sys.executable, "-c", program, str(shop.folder), str(file)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert len(shop.entries()) == 1


# -- the folder -----------------------------------------------------------------------------------


def test_the_key_is_made_of_name_version_path_size_and_time_and_not_of_the_content(
    tmp_path: Path,
) -> None:
    def key(package: str = "parts", version: str = "1", name: str = "a.js") -> str:
        return Source.of(tmp_path / name, package, version).key

    for name in ("a.js", "b.js"):
        (tmp_path / name).write_bytes(b"one")
        os.utime(tmp_path / name, ns=(1, 1))
    first = key()
    assert key(package="others") != first
    assert key(version="2") != first
    assert key(name="b.js") != first
    (tmp_path / "a.js").write_bytes(b"two")
    os.utime(tmp_path / "a.js", ns=(1, 1))
    assert key() == first
    os.utime(tmp_path / "a.js", ns=(1, 2))
    assert key() != first
    (tmp_path / "a.js").write_bytes(b"four")
    os.utime(tmp_path / "a.js", ns=(1, 1))
    assert key() != first


def _cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-20])


def _empty(entry: Path) -> None:
    entry.write_bytes(b"")


def _blank(entry: Path) -> None:
    entry.write_bytes(bytes(entry.stat().st_size))


@pytest.mark.parametrize("damage", [_cut, _empty, _blank])
async def test_a_damaged_entry_is_made_again_and_not_served(
    shop: Shop, damage: Callable[[Path], None]
) -> None:
    async with shop.open() as client:
        await client.get(SCRIPT)
        (entry,) = shop.entries()
        damage(entry)
        answer = await client.get(SCRIPT)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content == TEXT
    assert gzip.decompress(entry.read_bytes()) == TEXT


async def test_an_entry_of_an_older_version_is_removed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.open() as client:
        before = await client.get(SCRIPT)
        (old,) = shop.entries()
        monkeypatch.setattr(sys.modules["parts"], "__version__", "2.0")
        after = await client.get(SCRIPT)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert not old.exists()
    assert len(shop.entries()) == 1


def test_what_belongs_to_files_that_are_gone_is_removed_and_nothing_else(shop: Shop) -> None:
    kept, gone = shop.add("kept.js"), shop.add("gone.js")
    entries = {file: GzipCache(shop.folder).get_blocking(Source.of(file)) for file in (kept, gone)}
    left_over = entries[kept].with_name(f"{entries[kept].name}.abc.tmp")  # type: ignore[union-attr]
    being_written = left_over.with_name(f"{entries[kept].name}.def.tmp")  # type: ignore[union-attr]
    foreign = shop.folder / "elsewhere" / "holiday.gz"
    foreign.parent.mkdir()
    for file in (left_over, being_written, foreign):
        file.write_bytes(b"")
    os.utime(left_over, (0, 0))
    gone.unlink()
    GzipCache(shop.folder).get_blocking(Source.of(shop.add("new.js")))  # the first one sweeps
    left = shop.entries()
    assert entries[kept] in left
    assert being_written in left
    assert foreign in left
    assert len(left) == 4  # with the new one
    assert not entries[gone].parent.exists()  # type: ignore[union-attr]


async def test_without_a_folder_to_write_to_scripts_are_plain_and_the_log_says_so_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.folder.parent.write_bytes(b"a file, where a folder is needed")
    shop.add("style.css")
    with caplog.at_level(logging.WARNING, "dash_devices"):
        async with shop.open() as client:
            answer = await client.get(SCRIPT)
            again = await client.get(SCRIPT, headers={"If-None-Match": answer.headers["ETag"]})
            await client.get(f"{SUITES}/parts/style.css")
    assert answer.content == TEXT
    assert "Content-Encoding" not in answer.headers
    assert again.status_code == 304
    (warning,) = [r.getMessage() for r in caplog.records if r.name == "dash_devices"]
    assert str(shop.folder) in warning
    assert "CACHE_DIRECTORY" in warning


async def test_a_full_folder_that_is_read_only_is_served_from(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    precompress(shop.app)

    def write(*args: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(dash_devices.cache, "_write", write)
    shop.add("new.js")
    async with shop.open() as client:
        new = await client.get(f"{SUITES}/parts/new.js")
        known = await client.get(SCRIPT)
    assert "Content-Encoding" not in new.headers
    assert known.headers["Content-Encoding"] == "gzip"


def test_a_disk_that_fills_up_leaves_no_half_written_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    assert shop.cache.get_blocking(Source.of(shop.package / "script.js")) is None
    assert not shop.entries()


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"CACHE_DIRECTORY": "/a:/b", "XDG_CACHE_HOME": "/c", "HOME": "/d"}, "/a/dash_devices"),
        ({"XDG_CACHE_HOME": "/c", "HOME": "/d"}, "/c/dash_devices"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/d"}, "/d/.cache/dash_devices"),
        ({"HOME": "/d"}, "/d/.cache/dash_devices"),
    ],
)
def test_the_folder_is_the_one_that_systemd_or_the_desktop_names(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("CACHE_DIRECTORY", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_folder() == Path(folder)


# -- bodies in memory, the index page, assets ------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/some/page"])
async def test_the_index_page_is_compressed_and_nobody_keeps_it_without_asking(
    shop: Shop, path: str
) -> None:
    async with shop.open() as client:
        answer = await client.get(path)
        plain = await client.get(path, headers=PLAIN)
        known = await client.get(path, headers={"If-None-Match": "*"})
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers
    assert "<!DOCTYPE html>" in answer.text
    assert "<!DOCTYPE html>" in plain.text
    assert known.status_code == 304


async def test_a_body_in_memory_is_answered_like_a_file(shop: Shop) -> None:
    long, short = Body(TEXT, "text/plain; charset=utf-8"), Body(b"short", "application/json")

    @shop.app.server.route("/long")
    async def give_long() -> quart.Response:
        return await long.answer("no-store")

    @shop.app.server.route("/short")
    async def give_short() -> quart.Response:
        return await short.answer()

    async with shop.open() as client:
        first, second = await client.get("/long"), await client.get("/short")
        plain, head = await client.get("/long", headers=PLAIN), await client.head("/long")
        again = await client.get("/long", headers={"If-None-Match": first.headers["ETag"]})
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Cache-Control"] == "no-store"
    assert first.content == plain.content == TEXT
    assert first.headers["ETag"] != plain.headers["ETag"]
    assert head.headers["Content-Length"] == first.headers["Content-Length"]
    assert head.content == b""
    assert again.status_code == 304
    assert "Content-Encoding" not in second.headers
    assert second.content == b"short"


async def test_the_assets_of_a_program_are_compressed_and_asked_about(shop: Shop) -> None:
    (shop.assets / "style.css").write_bytes(TEXT)
    (shop.assets / "picture.png").write_bytes(b"\x89PNG" * 1000)
    async with shop.open() as client:
        page = await client.get("/")
        style = await client.get("/assets/style.css?m=123.4")
        tag = style.headers["ETag"]
        again = await client.get("/assets/style.css?m=123.4", headers={"If-None-Match": tag})
        plain = await client.get("/assets/style.css", headers=PLAIN)
        picture = await client.get("/assets/picture.png")
    assert "/assets/style.css?m=" in page.text
    assert style.headers["Content-Encoding"] == "gzip"
    assert style.headers["Cache-Control"] == "no-cache"
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert style.content == plain.content == TEXT
    assert again.status_code == 304
    assert "Content-Encoding" not in picture.headers
    assert picture.content == b"\x89PNG" * 1000


async def test_an_asset_is_kept_for_good_at_the_address_that_names_its_change(shop: Shop) -> None:
    (shop.assets / "style.css").write_bytes(TEXT)
    async with shop.open() as client:
        page = await client.get("/")
        address = re.search(r"/assets/style\.css\?m=[0-9.]+", page.text)
        assert address
        named = await client.get(address[0])
        os.utime(shop.assets / "style.css", (1, 1))
        changed = await client.get(address[0])
        odd = await client.get("/assets/style.css?m=nan")
    assert named.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert changed.headers["Cache-Control"] == "no-cache"
    assert odd.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["missing.css", "..%2fsecret.css", "%2e%2e/secret.css", "folder.css"]
)
async def test_what_is_not_an_asset_is_not_found(shop: Shop, path: str) -> None:
    (shop.assets.parent / "secret.css").write_bytes(TEXT)
    (shop.assets / "folder.css").mkdir()
    async with shop.open() as client:
        answer = await client.get(f"/assets/{path}")
    assert TEXT not in answer.content
    assert answer.status_code == 404 or answer.headers["Content-Type"].startswith("text/html")
