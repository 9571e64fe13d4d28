from typing import Any

class CallbackContext:
    inputs: dict[str, Any]
    states: dict[str, Any]
    triggered: list[dict[str, Any]]
    triggered_id: Any

def _get_from_context(key: str, default: Any) -> Any: ...
