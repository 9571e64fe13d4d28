from typing import Any

class QuartDashServer:
    websocket_capability: bool
    server: Any
    config: dict[str, Any]
    def __init__(self, server: Any) -> None: ...
    def before_request(self, func: Any) -> None: ...

class QuartRequestAdapter:
    async def get_json(self) -> Any: ...
