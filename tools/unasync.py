"""Makes `vizy/sdk/sync` of `vizy/sdk/aio`: the same classes for programs without coroutines.

`python tools/unasync.py` writes them; a test sees that they are up to date. `base.py` is not made:
it is what differs.
"""

import re
import subprocess
import sys
from pathlib import Path

SDK = Path(__file__).resolve().parent.parent / "vizy" / "sdk"
_WRITTEN = {"base.py", "__init__.py"}
_HEAD = "# Made of vizy/sdk/aio/{} by tools/unasync.py: change that.\n"
_INIT = '"""The SDK for programs without coroutines, made of `vizy.sdk.aio`."""\n'
_RULES = (
    (r"\bvizy\.sdk\.aio\b", "vizy.sdk.sync"),
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"\bAwaitable\[(.+)\]:", r"\1:"),
    (r"\bAsyncGenerator\[(\w+), None\]", r"Generator[\1, None, None]"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsync([A-Z]\w+)", r"\1"),
    (r"__a(enter|exit|iter)__", r"__\1__"),
    (r"^(from collections\.abc import .*)Awaitable, ", r"\1"),
    (r"^(from collections\.abc import .*), Awaitable$", r"\1"),
    (r"^from collections\.abc import Awaitable\n", ""),
)


def made() -> dict[Path, str]:
    """Return each file that is made, formatted, by its path."""
    files = {SDK / "sync" / "__init__.py": _INIT + _sync(_body(SDK / "aio" / "__init__.py"))}
    for source in sorted((SDK / "aio").glob("*.py")):
        if source.name not in _WRITTEN:
            text = _HEAD.format(source.name) + _sync(source.read_text())
            files[SDK / "sync" / source.name] = text
    return {path: _formatted(text, path) for path, text in files.items()}


def _body(path: Path) -> str:
    """Return a file without its docstring, which is one line."""
    return path.read_text().partition("\n")[2]


def _sync(text: str) -> str:
    for pattern, new in _RULES:
        text = re.sub(pattern, new, text, flags=re.MULTILINE)
    return text


def _formatted(text: str, path: Path) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--select", "I,RUF022", "--fix", "--quiet"], ["format", "--quiet"]):
        text = subprocess.run(
            [ruff, *command, "--stdin-filename", path, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return text


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text)
