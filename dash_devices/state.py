"""`SharedState`: what every browser must show, kept on the server.

It holds the value of every shared or pushed property with the revision at which it last changed,
on top of the values the layout was written with. A page that opens gets the layout with these
values laid over it; a page that was away gets what changed since the revision it last saw. Touched
by the event loop only. It never talks to a browser.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from dash_devices.dependencies import Pattern, PropId, stringify_id

Mods = dict[str, dict[str, Any]]
"""Component id (as a string) to property to value (JSON types only)."""

MISSING: Final = object()
MAX_STRANGERS = 1000


def is_component(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is a Dash component."""
    return is_object(value) and "props" in value and "type" in value and "namespace" in value


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def components(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every component in a JSON value, outermost first."""
    if is_array(value):
        for item in value:
            yield from components(item)
    elif is_object(value):
        if is_component(value):
            yield value
            yield from components(list(value["props"].values()))
        else:
            yield from components(list(value.values()))


def component_ids(value: Any) -> Iterator[str]:
    """Yield the id, as a string, of every component in a JSON value that has one."""
    for component in components(value):
        if "id" in component["props"]:
            yield stringify_id(component["props"]["id"])


class SharedState:
    """The authoritative properties, and the ids that the layout is known to hold."""

    def __init__(self) -> None:
        self.revision = 0
        self._values: Mods = {}
        self._revisions: dict[PropId, int] = {}
        self._initial: Mods = {}
        self._ids: dict[str, str | dict[str, Any]] = {}
        self._strangers: set[str] = set()

    def admits(self, component_id: str) -> bool:
        """Whether a browser may set properties of a component.

        One that the server knows, or one of a limited number that only a browser has made (by a
        clientside callback): a browser cannot fill the memory with ids that it invents.
        """
        if component_id in self._ids or component_id in self._strangers:
            return True
        if len(self._strangers) >= MAX_STRANGERS:
            return False
        self._strangers.add(component_id)
        return True

    def index(self, layout: Any) -> None:
        """Learn ids and initial values from a layout or from pushed children."""
        for component in components(layout):
            props = component["props"]
            if "id" in props:
                key = stringify_id(props["id"])
                self._ids[key] = props["id"]
                self._initial[key] = dict(props)

    def matching(self, pattern: Pattern) -> list[str | dict[str, Any]]:
        """Return the known ids that a dependency stands for, in the layout's order."""
        return [concrete for concrete in self._ids.values() if pattern.matches(concrete)]

    def get(self, prop_id: PropId) -> Any:
        """Return the value that every browser shows, or `MISSING` when nothing is known."""
        values = self._values.get(prop_id.id, {})
        if prop_id.prop in values:
            return values[prop_id.prop]
        return self._initial.get(prop_id.id, {}).get(prop_id.prop, MISSING)

    def seed(self, prop_ids: Iterator[PropId]) -> None:
        """Take the layout's own value as shared, for properties that have none yet.

        So a page that was open before a restart is told those values too.
        """
        for key in prop_ids:
            value = self._initial.get(key.id, {}).get(key.prop, MISSING)
            if value is not MISSING and key not in self._revisions:
                self._values.setdefault(key.id, {})[key.prop] = value
                self._revisions[key] = self.revision

    def apply(self, mods: Mapping[str, Mapping[str, Any]]) -> Mods:
        """Take new values; return those that differ from what is shown already.

        One call is one revision: what changed together reaches a browser together.
        """
        changed: Mods = {}
        for component_id, props in mods.items():
            for prop, value in props.items():
                known = self.get(PropId(component_id, prop))
                if known is MISSING or known != value or type(known) is not type(value):
                    changed.setdefault(component_id, {})[prop] = value
        if changed:
            self.revision += 1
            for component_id, props in changed.items():
                for prop, value in props.items():
                    self._forget_inside(value)
                    self._values.setdefault(component_id, {})[prop] = value
                    self._revisions[PropId(component_id, prop)] = self.revision
        return changed

    def _forget_inside(self, value: Any) -> None:
        """New children replace what was shared of the old components of the same ids."""
        for key in component_ids(value):
            for prop in self._values.pop(key, {}):
                self._revisions.pop(PropId(key, prop), None)
        self.index(value)

    def since(self, revision: int) -> Mods:
        """Return everything that changed after a revision, merged."""
        mods: Mods = {}
        for (component_id, prop), changed_at in self._revisions.items():
            if changed_at > revision:
                mods.setdefault(component_id, {})[prop] = self._values[component_id][prop]
        return mods

    def overlay(self, layout: Any) -> Any:
        """Lay the shared values over a layout (JSON types, changed in place) and return it."""
        self.index(layout)
        self._lay_over(layout)
        return layout

    def _lay_over(self, value: Any) -> None:
        if is_array(value):
            for item in value:
                self._lay_over(item)
        elif is_object(value):
            if is_component(value):
                props = value["props"]
                if "id" in props:
                    # Before what is inside: new children may hold shared values of their own.
                    # A copy, so that laying over them does not write into the state.
                    props.update(copy.deepcopy(self._values.get(stringify_id(props["id"]), {})))
                self._lay_over(list(props.values()))
            else:
                self._lay_over(list(value.values()))
