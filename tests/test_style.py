"""Style, types and the contract between the layers, as the tools themselves judge them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        "ruff check .",
        "ruff format --check .",
        "lint-imports --no-logo",
        pytest.param(
            f"pyright --pythonpath {sys.executable}", id="pyright", marks=pytest.mark.timeout(300)
        ),
    ],
)
def test_the_tree_satisfies(command: str) -> None:
    tool, *options = command.split()
    done = subprocess.run(
        [TOOLS / tool, *options],
        cwd=ROOT,
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}"
