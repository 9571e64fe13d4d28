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
from dash_devices.errors import PushError
from dash_devices.patch import Amended, applied

Mods = dict[str, dict[str, Any]]
"""Component id (as a string) to property to value (JSON types, or `Amended`)."""

MISSING: Final = object()
MAX_STRANGERS = 1000
MAX_PASSING = 10_000


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
    elif isinstance(value, Amended):
        yield from components([operation["params"].get("value") for operation in value.operations])


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
        self._passing: dict[str, None] = {}
        self._plain: set[PropId] = set()  # hold no components: they need no search
        self._added: list[str] = []

    def take_added(self) -> list[str]:
        """Return the components that have come with values since this was last asked."""
        added, self._added = self._added, []
        return added

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

    def knows(self, component_id: str) -> bool:
        """Whether a layout, or children that were sent, held this component."""
        return component_id in self._ids

    def index(self, layout: Any, *, passing: bool = False) -> None:
        """Learn ids and initial values from a layout or from pushed children.

        Args:
            passing: They may be of one page only. Of those the oldest are forgotten when they are
                too many and nothing of them is shared.
        """
        for component in components(layout):
            props = component["props"]
            if "id" in props:
                key = stringify_id(props["id"])
                if passing and (key not in self._ids or key in self._passing):
                    if key not in self._ids:
                        self._added.append(key)
                    self._passing.pop(key, None)
                    self._passing[key] = None
                elif passing:
                    continue  # what one page was given is not for others
                self._ids[key] = props["id"]
                self._initial[key] = dict(props)
        while len(self._passing) > MAX_PASSING:
            oldest = next(iter(self._passing))
            del self._passing[oldest]
            if oldest not in self._values:
                self._ids.pop(oldest, None)
                self._initial.pop(oldest, None)

    def matching(self, pattern: Pattern) -> list[str | dict[str, Any]]:
        """Return the known ids that a dependency stands for, in the layout's order."""
        return [concrete for concrete in self._ids.values() if pattern.matches(concrete)]

    def get(self, prop_id: PropId) -> Any:
        """Return the value that every browser shows, or `MISSING` when nothing is known."""
        values = self._values.get(prop_id.id, {})
        if prop_id.prop in values:
            return values[prop_id.prop]
        return self._initial.get(prop_id.id, {}).get(prop_id.prop, MISSING)

    def readable(self, prop_id: PropId) -> Any:
        """As `get`, for a browser that asks: not what only one page may have been given."""
        if prop_id.prop in self._values.get(prop_id.id, {}) or prop_id.id not in self._passing:
            return self.live(prop_id)
        return MISSING

    def live(self, prop_id: PropId) -> Any:
        """As `get`; components in the value show what every browser shows of them."""
        value = self.get(prop_id)
        if prop_id in self._plain or next(components(value), None) is None:
            return value
        value = copy.deepcopy(value)
        self._lay_over(value)
        return value

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

        Raises:
            PushError: An amendment does not fit what it amends; nothing was taken.
        """
        changed: Mods = {}
        for component_id, props in mods.items():
            for prop, value in props.items():
                prop_id = PropId(component_id, prop)
                known = self.get(prop_id)
                if isinstance(value, Amended):
                    if known is MISSING:
                        raise PushError(
                            f"{prop_id}: no value is known that a Patch could change, because no "
                            f"layout holds {component_id!r} yet: push the whole value first, or "
                            "name the component in app.validation_layout"
                        )
                    whole = applied(known, value.operations, str(prop_id))
                    # The first time somebody may still show a value from before a restart.
                    is_told = prop_id in self._revisions
                    value = Amended(value.operations, whole) if is_told else whole
                if known is MISSING or not _is_same(known, _whole(value)):
                    changed.setdefault(component_id, {})[prop] = value
        if changed:
            self.revision += 1
            for component_id, props in changed.items():
                for prop, value in props.items():
                    self._replace(PropId(component_id, prop), value)
        return changed

    def _replace(self, prop_id: PropId, value: Any) -> None:
        """Take one value; new children replace what was known of the components they hold.

        Components that went with the old children are forgotten.
        """
        fresh = set(component_ids(value))
        if fresh or prop_id not in self._plain:
            before = set(component_ids(self.get(prop_id)))
            after = set(component_ids(_whole(value)))
            self._added += [key for key in fresh if key not in self._ids]
            for key in (before - after) | fresh:
                self._forget(key)
            self.index(value)
            if not after:
                self._plain.add(prop_id)
            else:
                self._plain.discard(prop_id)
        self._values.setdefault(prop_id.id, {})[prop_id.prop] = _whole(value)
        self._revisions[prop_id] = self.revision

    def _forget(self, key: str) -> None:
        self._ids.pop(key, None)
        self._initial.pop(key, None)
        for prop, value in self._values.pop(key, {}).items():
            self._revisions.pop(PropId(key, prop), None)
            self._plain.discard(PropId(key, prop))
            for inner in component_ids(value):
                self._forget(inner)

    def since(self, revision: int) -> Mods:
        """Return everything that changed after a revision, merged."""
        mods: Mods = {}
        for (component_id, prop), changed_at in self._revisions.items():
            if changed_at > revision:
                mods.setdefault(component_id, {})[prop] = self._values[component_id][prop]
        return mods

    def overlay(self, layout: Any) -> Any:
        """Lay the shared values over a layout (JSON types, changed in place) and return it."""
        self._lay_over(layout)
        self.index(layout, passing=True)  # what replaced children held is not in it any more
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


def _whole(value: Any) -> Any:
    return value.value if isinstance(value, Amended) else value


def _is_same(known: Any, value: Any) -> bool:
    return type(known) is type(value) and known == value
