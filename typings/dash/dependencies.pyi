from enum import Enum
from typing import Any

class Wildcard(Enum):
    MATCH = "MATCH"
    ALL = "ALL"
    ALLSMALLER = "ALLSMALLER"

MATCH = Wildcard.MATCH
ALL = Wildcard.ALL
ALLSMALLER = Wildcard.ALLSMALLER

class DashDependency:
    component_id: str | dict[str, Any]
    component_property: str
    allow_duplicate: bool
    def __init__(self, component_id: Any, component_property: str) -> None: ...

class Output(DashDependency):
    def __init__(
        self, component_id: Any, component_property: str, allow_duplicate: bool = False
    ) -> None: ...

class Input(DashDependency): ...
class State(DashDependency): ...

class ClientsideFunction:
    def __init__(self, namespace: str, function_name: str) -> None: ...

def handle_grouped_callback_args(
    args: list[Any], kwargs: dict[str, Any]
) -> tuple[Any, list[Input], list[State], Any, Any]: ...
