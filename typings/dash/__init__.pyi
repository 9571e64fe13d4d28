"""What Vizy and dash_devices use of Dash, private names included."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from . import dcc as dcc
from . import html as html
from .dependencies import ALL as ALL
from .dependencies import ALLSMALLER as ALLSMALLER
from .dependencies import MATCH as MATCH
from .dependencies import ClientsideFunction as ClientsideFunction
from .dependencies import Input as Input
from .dependencies import Output as Output
from .dependencies import State as State

__version__: str
no_update: Any
callback_context: Any
ctx: Any
page_container: Any
page_registry: dict[str, dict[str, Any]]

def set_props(component_id: str | dict[str, Any], props: dict[str, Any]) -> None: ...

def register_page(
    module: str, path: str, *, title: str, layout: Callable[..., Any], **kwargs: Any
) -> None: ...

class Patch: ...

class Dash:
    backend: Any
    server: Any
    config: Any
    layout: Any
    validation_layout: Any
    title: str
    index_string: str
    logger: logging.Logger
    callback_map: dict[str, dict[str, Any]]
    _callback_list: list[dict[str, Any]]
    _dev_tools: Any
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def init_app(self, app: Any = None, **kwargs: Any) -> None: ...
    def interpolate_index(self, **kwargs: str) -> str: ...
    def callback(self, *args: Any, **kwargs: Any) -> Callable[[Any], Any]: ...
    def clientside_callback(
        self, clientside_function: str | ClientsideFunction, *args: Any, **kwargs: Any
    ) -> None: ...
    def get_layout(self) -> Any: ...
    def serve_layout(self) -> Any: ...
    def run(self, *args: Any, **kwargs: Any) -> None: ...
    def _setup_server(self) -> None: ...
    def _generate_scripts_html(self) -> str: ...
    def _prepare_callback(self, g: Any, body: Any) -> Callable[..., Any]: ...
    def _execute_callback(
        self, func: Any, args: Any, outputs_list: Any, g: Any
    ) -> Callable[[], Any]: ...
    def _inputs_to_vals(self, inputs: Sequence[Any]) -> list[Any]: ...
