from typing import Any

class Component:
    id: Any
    children: Any
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

def __getattr__(name: str) -> type[Component]: ...
