"""Where Dash is not what the library relies on, importing it says so, and what to do."""

import ast
import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

import dash
import pytest
from dash import Dash as StockDash
from dash import hooks, html
from dash.backends._quart import QuartDashServer

import dash_devices
from dash_devices import Dash, compat
from dash_devices.backend import DevicesServer
from dash_devices.compat import NEEDS, Need, layout_of
from dash_devices.dispatch import execution_context
from dash_devices.protocol import Update

SOURCES = sorted(Path(dash_devices.__file__).parent.glob("*.py"))


def imported_with(spoilt: str) -> subprocess.CompletedProcess[str]:
    """Import the library in a new interpreter in which Dash was spoilt first."""
    code = f"import dash.dash, dash.backends._quart\n{spoilt}\nimport dash_devices"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_with_the_installed_dash_the_import_is_silent() -> None:
    done = imported_with("")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_one_error_names_everything_that_is_missing_the_versions_and_the_cure() -> None:
    done = imported_with(
        "del dash.dash.Dash._prepare_callback\n"
        "dash.backends._quart.QuartDashServer.run = lambda self, options: None\n"
        "import sys; sys.modules['dash._grouping'] = None"
    )
    assert done.returncode == 1
    before, raised, error = done.stderr.partition("\nImportError: ")
    assert raised
    assert "During handling" not in before
    first, *faults, cure = error.splitlines()
    assert first.startswith(f"dash_devices does not fit Dash {dash.__version__}")
    assert [fault.split(" (")[0] for fault in faults] == [
        "  dash._grouping:flatten_grouping: cannot be imported: import of dash._grouping halted; "
        "None in sys.modules",
        "  dash.dash:Dash._prepare_callback: is missing",
        "  dash.backends._quart:QuartDashServer.run: takes",
    ]
    assert all(known in cure for known in compat.KNOWN_TO_WORK)
    assert "pip install dash==" in cure


@pytest.mark.parametrize(
    ("need", "fault"),
    [
        (Need("dash.nowhere:name", "x"), "cannot be imported: No module named 'dash.nowhere'"),
        (Need("dash.dash:Dash.nothing.below", "x"), "is missing"),
        (Need("dash._utils:to_json", "x", "value, indent"), "takes (value) instead of"),
        (Need("dash._utils:to_json", "x", "text"), "takes (value) instead of (text)"),
        (Need("dash.dash:Dash._add_url", "x", "self, name"), "takes (self, name: "),
        (Need("dash.dash:Dash", "x", says="callback_map _nothing _none"), "has no _none, _nothing"),
    ],
    ids=["module", "name", "parameter", "renamed", "required", "attribute"],
)
def test_each_kind_of_change_is_told(need: Need, fault: str) -> None:
    with pytest.raises(ImportError) as caught:
        compat.check((need,))
    assert f"{need.name}: {fault}" in str(caught.value)
    assert "(x)" in str(caught.value)


def test_a_further_optional_parameter_is_no_fault() -> None:
    compat.check((Need("dash._grouping:flatten_grouping", "x", "grouping"),))


def test_dash_is_looked_at_before_anything_else_is_imported() -> None:
    first = next(
        node
        for node in ast.parse(inspect.getsource(dash_devices)).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
    assert ast.unparse(first) == "from dash_devices import compat as compat"


def test_whatever_comes_from_a_private_module_of_dash_is_looked_at() -> None:
    used = {
        f"{node.module}:{alias.name}"
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dash.")
        for alias in node.names
        if any(part.startswith("_") for part in f"{node.module}.{alias.name}".split("."))
    }
    looked_at = {need.name.split(".get_json")[0] for need in NEEDS}
    assert used
    assert used <= looked_at


def test_every_private_method_of_dash_that_is_called_is_looked_at() -> None:
    called = {
        node.attr
        for source in SOURCES
        if source.name != "compat.py"
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
        if hasattr(StockDash, node.attr) or hasattr(QuartDashServer, node.attr)
        if not node.attr.startswith("__")
    }
    looked_at = {need.name.rpartition(".")[2] for need in NEEDS}
    assert called
    assert called <= looked_at


def test_every_method_of_the_back_end_that_is_overridden_is_looked_at() -> None:
    overridden = {
        name
        for name, value in vars(DevicesServer).items()
        if inspect.isfunction(value) and hasattr(QuartDashServer, name)
    }
    looked_at = {n.name.rpartition(".")[2] for n in NEEDS if ":QuartDashServer." in n.name}
    assert overridden
    assert overridden <= looked_at


async def test_the_context_of_a_callback_has_all_that_dash_itself_gives_it() -> None:
    app = Dash("context")
    update = Update(output="a.b", inputs=[], changedPropIds=[])
    ours = execution_context(app, update, client=None)
    async with app.server.test_request_context("/"):
        stock = StockDash._initialize_context(app, {"output": "a.b"})
    assert stock.keys() <= ours.keys()


async def test_the_layout_is_made_in_the_applications_context_and_passes_through_hooks() -> None:
    app = Dash("layout")
    seen: list[object] = []

    def layout() -> html.Div:
        seen.append(dash.get_app())
        return html.Div("inner")

    app.layout = layout
    seen.clear()
    hooks.layout()(lambda inner: html.Main(inner))
    try:
        made = await asyncio.to_thread(layout_of, app)
    finally:
        hooks._ns["layout"].clear()
    assert isinstance(made, html.Main)
    assert seen == [app]
