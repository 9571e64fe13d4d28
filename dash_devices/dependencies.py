"""Dash's dependencies, plus what a shared callback needs to know of them.

`Output` takes a value as its third argument, so that ``Output("text", "children", "hello")`` can be
returned from a callback or pushed. `Pattern` is a dependency taken apart for matching on the
server. Pure data, no I/O, any thread.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

import dash
from dash.dependencies import ALLSMALLER, MATCH, DashDependency, Input, State, Wildcard

__all__ = ["UNSET", "Input", "Output", "Pattern", "PropId", "State", "stringify_id"]

UNSET: Final = object()

ComponentId = str | Mapping[str, Any]


class PropId(NamedTuple):
    """One property of one component; ``id`` is the id as Dash writes it in a string."""

    id: str
    prop: str

    @classmethod
    def parse(cls, text: str) -> "PropId":
        """Read it as the renderer writes it in ``changedPropIds``."""
        component_id, _, prop = text.rpartition(".")
        return cls(component_id, prop)

    def __str__(self) -> str:
        return f"{self.id}.{self.prop}"


def stringify_id(component_id: ComponentId) -> str:
    """Write an id as the renderer does: dict ids as JSON with sorted keys and no spaces."""
    if isinstance(component_id, str):
        return component_id
    return json.dumps(dict(component_id), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_id(component_id: str) -> str:
    """Write an id, as Dash on the server writes it, as the renderer does.

    Raises:
        ValueError: It begins as a dict does, and is none.
    """
    if not component_id.startswith("{"):
        return component_id
    fields: Any = json.loads(component_id)
    if not isinstance(fields, dict):
        raise ValueError(f"{component_id!r} is no id")
    return stringify_id(cast("dict[str, Any]", fields))


STATE_LIKE = frozenset(
    {"value", "drag_value", "checked", "date", "start_date", "end_date", "relayoutData",
     "hoverData", "selectedData", "active_tab", "opened", "pressed", "pathname", "search",
     "hash", "href"}
)  # fmt: skip
"""Properties whose newest value is all that counts; a click is not among them."""


def is_state_like(prop_id: PropId) -> bool:
    """Whether the newest value of a property is all that counts."""
    return prop_id.prop in STATE_LIKE


class Output(dash.Output):
    """`dash.Output` with an optional value, to return or to push.

    Args:
        component_id: The component, or the pattern of components.
        component_property: Its property.
        component_value: The value; not given where an output is only declared.
        allow_duplicate: As for `dash.Output`.
    """

    def __init__(
        self,
        component_id: Any,
        component_property: str,
        component_value: Any = UNSET,
        *,
        allow_duplicate: bool = False,
    ) -> None:
        super().__init__(component_id, component_property, allow_duplicate)
        self.component_value = component_value


class Smaller(NamedTuple):
    """What ALLSMALLER stands for once the component is known that it is compared with."""

    than: Any

    def __contains__(self, value: object) -> bool:
        return type(value) is type(self.than) and value < self.than


class Pattern(NamedTuple):
    """A declared dependency: a property, and an id that may hold wildcards."""

    id: str | dict[str, Any]
    prop: str

    @classmethod
    def of(cls, dependency: DashDependency) -> "Pattern":
        """Take a Dash dependency apart."""
        component_id: Any = dependency.component_id
        return cls(component_id, dependency.component_property)

    @property
    def is_wild(self) -> bool:
        """Whether the id holds a wildcard."""
        return isinstance(self.id, dict) and any(isinstance(v, Wildcard) for v in self.id.values())

    @property
    def is_many(self) -> bool:
        """Whether it stands for a list of components (ALL or ALLSMALLER)."""
        return isinstance(self.id, dict) and any(
            isinstance(v, Smaller) or (isinstance(v, Wildcard) and v is not MATCH)
            for v in self.id.values()
        )

    @property
    def is_matched(self) -> bool:
        """Whether it stands for one component of several, told apart by MATCH."""
        return self.is_wild and not self.is_many

    def matches(self, component_id: ComponentId) -> bool:
        """Whether a concrete id is one of those that this dependency stands for."""
        if isinstance(self.id, str) or isinstance(component_id, str):
            return self.id == component_id
        return self.id.keys() == component_id.keys() and all(
            isinstance(wanted, Wildcard)
            or wanted == component_id[key]
            or (isinstance(wanted, Smaller) and component_id[key] in wanted)
            for key, wanted in self.id.items()
        )

    def overlaps(self, other: "Pattern") -> bool:
        """Whether both may stand for the same property of the same component."""
        if self.prop != other.prop:
            return False
        if isinstance(self.id, str) or isinstance(other.id, str):
            return self.id == other.id
        return self.id.keys() == other.id.keys() and all(
            isinstance(mine, Wildcard) or isinstance(theirs, Wildcard) or mine == theirs
            for mine, theirs in ((self.id[key], other.id[key]) for key in self.id)
        )

    def bound_to(self, component_id: ComponentId) -> "Pattern":
        """Fill MATCH, and what ALLSMALLER is compared with, from a component; ALL stays."""
        if isinstance(self.id, str) or isinstance(component_id, str):
            return self
        bound = dict(self.id)
        for key, wanted in self.id.items():
            if wanted is MATCH:
                bound[key] = component_id.get(key)
            elif wanted is ALLSMALLER:
                bound[key] = Smaller(component_id.get(key))
        return Pattern(bound, self.prop)

    def __str__(self) -> str:
        if isinstance(self.id, str):
            return f"{self.id}.{self.prop}"
        shown = {k: v.value if isinstance(v, Wildcard) else v for k, v in self.id.items()}
        return f"{json.dumps(shown)}.{self.prop}"
