"""Serves what pages are made of: the scripts of component packages and the program's own assets.

Stock Dash on Quart serves them uncompressed, and those without a fingerprint in their name (Plotly,
everything that is loaded on demand) so that no browser can keep them. Called by the back end, on
the event loop; files are looked at and compressed in threads.
"""

# pyright: reportPrivateUsage=false
# Stock Dash's private names; typings/dash lists them.

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

import dash
import quart
from dash._validate import validate_js_path
from dash.fingerprint import check_fingerprint
from werkzeug.security import safe_join

from dash_devices.answers import (
    IMMUTABLE,
    MIN_BYTES,
    REVALIDATE,
    answer_file,
    content_type,
    is_compressible,
)
from dash_devices.cache import GzipCache, Source

_SAME_S = 1e-6  # Dash writes the time as a float, which is no finer


async def answer_suite(
    cache: GzipCache, dash_app: Any, package: str, fingerprinted_path: str
) -> quart.Response:
    """Answer with a file of a component package.

    Raises:
        DependencyException: The application has not registered it.
        NotFound: It is registered, but not there.
    """
    path, has_fingerprint = check_fingerprint(fingerprinted_path)
    validate_js_path(dash_app.registered_paths, package, path)
    try:
        source = await asyncio.to_thread(_suite_source, package, path)
        return await answer_file(cache, source, IMMUTABLE if has_fingerprint else REVALIDATE)
    except FileNotFoundError:
        quart.abort(404)


def _suite_source(package: str, path: str) -> Source:
    module = sys.modules[package]
    if module.__file__ is None:
        raise FileNotFoundError(f"the package {package} has no files")
    version = str(getattr(module, "__version__", ""))
    return Source.of(Path(module.__file__).parent / path, package, version)


def precompress(dash_app: Any, stop: threading.Event | None = None) -> int:
    """Compress every file of every package that an application uses; blocks for seconds.

    For building an image, or in a thread while the server already runs.

    Args:
        dash_app: The application; everything it uses has been imported.
        stop: Set it to end after the file at hand.

    Returns:
        How many files are there compressed.
    """
    if "dash" not in dash_app.registered_paths:  # it has not been served yet
        dash_app._generate_scripts_html()
        dash_app._generate_css_dist_html()
    registered = {name: sorted(paths) for name, paths in dict(dash_app.registered_paths).items()}
    cache: GzipCache = dash_app.backend.cache
    done = 0
    for package, path in ((name, path) for name, paths in registered.items() for path in paths):
        if stop is not None and stop.is_set():
            break
        try:
            source = _suite_source(package, path)
            if is_compressible(path) and source.size >= MIN_BYTES:
                done += cache.get_blocking(source) is not None
        except FileNotFoundError:
            continue  # some packages register files that they do not bring
    cache.sweep()
    return done


async def answer_favicon(cache: GzipCache) -> quart.Response:
    """Answer with Dash's icon, whose address names Dash's version."""
    file = Path(str(dash.__file__)).with_name("favicon.ico")
    source = await asyncio.to_thread(Source.of, file, "dash", dash.__version__)
    return await answer_file(cache, source, IMMUTABLE)


class Assets(quart.Blueprint):
    """The program's own assets folder, compressed where that is worth it.

    Dash writes into the address of a script or style sheet when the file was changed; whoever asks
    for the file as it is now may keep it and need not ask again.
    """

    def __init__(self, cache: GzipCache, name: str, url_path: str, folder: str) -> None:
        super().__init__(name, __name__, static_folder=folder, static_url_path=url_path)
        self._cache = cache

    async def send_static_file(self, filename: str) -> quart.Response:
        """Answer with a file of the folder; sound and film as stock Quart does, in ranges.

        Raises:
            NotFound: There is no such file, or it is outside the folder.
        """
        if content_type(filename).startswith(("audio/", "video/")):
            return await super().send_static_file(filename)
        path = safe_join(str(self.static_folder), filename)
        try:
            if path is None or not await asyncio.to_thread(Path(path).is_file):
                quart.abort(404)
            source = await asyncio.to_thread(Source.of, Path(path))
            return await answer_file(self._cache, source, _keeping(source))
        except FileNotFoundError:
            quart.abort(404)


def _keeping(source: Source) -> str:
    """Return how long a browser may keep what it asks for at this address."""
    asked_s = quart.request.args.get("m", 0.0, float)
    is_this = abs(asked_s - source.mtime_ns / 1e9) < _SAME_S
    return IMMUTABLE if is_this else REVALIDATE
