"""Which versions of Dash this library fits, and what it relies on in them.

Imported before everything else: where Dash is not what the library needs, importing it ends with
one error that says so, instead of an application that fails somewhere later. `NEEDS` is the whole
list of names that Dash does not promise to keep. Looking at them runs nothing of Dash and takes
about a millisecond.
"""

import inspect
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from types import CodeType, FunctionType
from typing import Any, NamedTuple, cast

KNOWN_TO_WORK = ("4.2.0", "4.3.0", "4.4.0", "4.4.1")
"""What ``make test-dash-versions`` tests."""


class Need(NamedTuple):
    """One thing that the library relies on.

    Attributes:
        name: The module and, after a colon, the name in it.
        why: What it is used for.
        takes: The first parameters that a function must have; others must be optional.
        says: Words that its code must use: attributes that instances get, keys of dictionaries.
    """

    name: str
    why: str
    takes: str | None = None
    says: str = ""


_DASH = "dash.dash:Dash"
_SERVER = "dash.backends._quart:QuartDashServer"

NEEDS = (
    # Registering callbacks
    Need(f"{_DASH}.callback", "registers a callback"),
    Need("dash.dependencies:handle_grouped_callback_args", "reads a declaration", "args, kwargs"),
    Need("dash.dependencies:Wildcard", "matches ids"),
    Need("dash.dependencies:DashDependency", "matches ids"),
    Need("dash._grouping:flatten_grouping", "reads a declaration", "grouping"),
    Need(_DASH, "knows the callbacks", says="callback_map _callback_list"),
    Need("dash._callback", "knows the callbacks", says="callback raw_inputs output"),
    # Running callbacks
    Need(f"{_DASH}._initialize_context", "runs a callback", "self, body"),
    Need(f"{_DASH}._prepare_callback", "runs a callback", "self, g, body"),
    Need(f"{_DASH}._inputs_to_vals", "runs a callback", "self, inputs"),
    Need(f"{_DASH}._execute_callback", "runs a callback", "self, func, args, outputs_list, g"),
    Need("dash._callback", "reads what a callback returned", says="response sideUpdate"),
    Need("dash._patch:Patch", "tells a Patch from a value", says="__dash_patch_update"),
    Need("dash._utils:AttributeDict", "makes a callback's context"),
    Need("dash._utils:inputs_to_dict", "makes a callback's context", "inputs_list"),
    Need("dash._utils:to_json", "writes layouts and values", "value"),
    Need("dash._callback_context:CallbackContext", "adds the client to the context"),
    Need(
        "dash._callback_context:_get_from_context", "adds the client to the context", "key, default"
    ),
    # Serving
    Need(_DASH, "serves", says="backend server config registered_paths _dev_tools"),
    Need(f"{_DASH}.init_app", "adds the socket", "self, app"),
    Need(f"{_DASH}._setup_server", "starts before the first request", "self"),
    Need(f"{_DASH}._add_url", "adds routes", "self, name, view_func, methods"),
    Need(f"{_DASH}._layout_value", "reads the layout", "self"),
    Need(f"{_DASH}.serve_layout", "lays shared values over the layout", "self"),
    Need(f"{_DASH}.index", "serves the page", "self"),
    Need(
        f"{_DASH}.interpolate_index", "adds the script", "self, metas, title, css, config, scripts"
    ),
    Need(f"{_DASH}._generate_scripts_html", "compresses scripts", "self"),
    Need(f"{_DASH}._generate_css_dist_html", "compresses styles", "self"),
    Need(
        "dash._validate:validate_js_path",
        "serves scripts",
        "registered_paths, package_name, path_in_package_dist",
    ),
    Need("dash.fingerprint:check_fingerprint", "serves scripts", "path"),
    # The back end: what is overridden, and what is called of it
    Need(f"{_SERVER}.before_request", "registers pages when the server starts", "self, func"),
    Need(f"{_SERVER}.__init__", "wraps a Quart application", "self, server"),
    Need(_SERVER, "runs a callback", says="response_adapter"),
    Need(f"{_SERVER}.websocket_capability", "keeps Dash's own socket away"),
    Need(f"{_SERVER}.create_app", "serves on an application of the user's own", "name, config"),
    Need(f"{_SERVER}.serve_callback", "keeps callbacks off the event loop", "self, dash_app"),
    Need(f"{_SERVER}.run", "serves with uvicorn", "self, dash_app, host, port, debug"),
    Need(f"{_SERVER}.make_response", "answers over HTTP", "self, data, mimetype"),
    Need(f"{_SERVER}._get_traceback", "tells dev tools an error", "self, _secret, error"),
    Need(
        f"{_SERVER}.register_assets_blueprint",
        "serves assets",
        "self, blueprint_name, assets_url_path, assets_folder",
    ),
    Need(f"{_SERVER}.setup_component_suites", "serves scripts", "self, dash_app"),
    Need(
        f"{_SERVER}.serve_component_suites",
        "serves scripts",
        "self, dash_app, package_name, fingerprinted_path",
    ),
    Need(f"{_SERVER}.setup_index", "serves the page", "self, dash_app"),
    Need(f"{_SERVER}.setup_catchall", "serves the page", "self, dash_app"),
    Need("dash.backends._quart:QuartRequestAdapter.get_json", "reads a request", "self"),
)


def check(needs: tuple[Need, ...] = NEEDS) -> None:
    """Look whether Dash has what the library relies on.

    Raises:
        ImportError: It does not; the text names Dash's version and everything that is missing.
    """
    missing = [f"  {need.name}: {fault} ({need.why})" for need in needs if (fault := _fault(need))]
    if missing:
        raise ImportError(
            f"dash_devices does not fit Dash {version('dash')}, which has changed what it relies "
            "on:\n" + "\n".join(missing) + "\n"
            f"It is known to work with Dash {', '.join(KNOWN_TO_WORK)}: install one of them, as in "
            f"'pip install dash=={KNOWN_TO_WORK[-1]}', or a newer dash_devices."
        )


def _fault(need: Need) -> str:
    """Say what is wrong with one of them; nothing if it is as needed."""
    module, _, path = need.name.partition(":")
    try:
        found: Any = import_module(module)
    except ImportError as error:
        return f"cannot be imported: {error}"
    for name in path.split(".") if path else ():
        found = getattr(found, name, None)
        if found is None:
            return "is missing"
    if need.takes is not None:
        wanted = need.takes.split(", ")
        parameters = list(inspect.signature(found).parameters.values())
        if [p.name for p in parameters[: len(wanted)]] != wanted or any(
            p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            for p in parameters[len(wanted) :]
        ):
            return f"takes ({', '.join(map(str, parameters))}) instead of ({need.takes})"
    unsaid = set(need.says.split()) - (set(_words(found)) if need.says else set())
    return f"has no {', '.join(sorted(unsaid))}" if unsaid else ""


def _words(found: Any) -> Iterator[str]:
    """Yield the attributes and texts in the code of a module's or class's own functions."""
    for function in cast("dict[str, Any]", vars(found)).values():
        if isinstance(function, FunctionType):
            yield from _words_of(inspect.unwrap(function).__code__)


def _words_of(constant: Any) -> Iterator[str]:
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, CodeType):
        yield from constant.co_names
        yield from _words_of(constant.co_consts)
    elif isinstance(constant, tuple):
        for inner in cast("tuple[Any, ...]", constant):
            yield from _words_of(inner)


def layout_of(app: Any) -> Any:
    """Return what ``app.get_layout()`` does; Dash 4.2 does not have it. May block."""
    if hasattr(app, "get_layout"):
        return app.get_layout()
    import_module("dash._get_app").app_context.set(app)
    layout = app._layout_value()
    for hook in app._hooks.get_hooks("layout"):
        layout = hook(layout)
    return layout


check()
