"""`Registry`: the shared callbacks, and what follows from their declarations.

Which callback listens to what, whether callbacks would trigger each other for ever, what a request
may contain, and the request that the server writes itself when a change came from no browser.
Asked by the engine on the event loop; it queues and sends nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from dash_devices.dependencies import Pattern, PropId, stringify_id
from dash_devices.errors import RegistrationError, RequestError
from dash_devices.patch import MARK
from dash_devices.protocol import Item, Items, Update, places
from dash_devices.state import MISSING, Mods, SharedState, is_array, is_component, is_object
from dash_devices.turns import QueuedCallback

ComponentId = str | dict[str, Any]

MAX_DEPTH = 100
"""How deep a value of a browser may be nested."""


@dataclass(frozen=True, kw_only=True)
class SharedCallback(QueuedCallback):
    """One registered shared callback."""

    inputs: tuple[Pattern, ...]
    state: tuple[Pattern, ...]
    outputs: tuple[Pattern, ...]
    is_multi: bool
    runs_at_start: bool

    @property
    def matched(self) -> Pattern | None:
        """The dependency whose components tell apart what MATCH stands for, if it is used."""
        return next((p for p in (*self.outputs, *self.inputs) if p.is_matched), None)


@dataclass(frozen=True)
class Trigger:
    """A callback that a change triggers: by which component, and which of its properties."""

    callback: SharedCallback
    component_id: ComponentId
    changed: list[PropId]


class Registry:
    """The shared callbacks of one application, by id."""

    def __init__(self, state: SharedState) -> None:
        self._callbacks: dict[str, SharedCallback] = {}
        self._state = state

    def __contains__(self, callback_id: object) -> bool:
        return callback_id in self._callbacks

    def __getitem__(self, callback_id: str) -> SharedCallback:
        return self._callbacks[callback_id]

    def __iter__(self) -> Iterator[SharedCallback]:
        return iter(list(self._callbacks.values()))

    def __len__(self) -> int:
        return len(self._callbacks)

    def register(self, callback: SharedCallback) -> None:
        """Take a callback in.

        Raises:
            RegistrationError: It would, through other shared callbacks, trigger itself.
        """
        self._callbacks[callback.id] = callback
        loop = self._loop_from(callback)
        if loop:
            del self._callbacks[callback.id]
            raise RegistrationError(
                "these shared callbacks trigger each other for ever: " + " -> ".join(loop)
            )

    def _loop_from(self, first: SharedCallback) -> list[str]:
        seen: set[str] = set()  # from these there is no way back to the first

        def visit(path: list[SharedCallback]) -> list[str]:
            for follower in self._fed_by(path[-1]):
                if follower is first:
                    return [callback.name for callback in (*path, first)]
                if follower.id not in seen:
                    seen.add(follower.id)
                    if found := visit([*path, follower]):
                        return found
            return []

        return visit([first])

    def _fed_by(self, callback: SharedCallback) -> list[SharedCallback]:
        """Callbacks with an input among these outputs; its own input is not a loop (a clamp)."""
        return [
            other
            for other in self._callbacks.values()
            if other is not callback
            and any(o.overlaps(i) for o in callback.outputs for i in other.inputs)
        ]

    def prop_ids(self) -> Iterator[PropId]:
        """Every property that a shared callback reads or writes, of the components known now."""
        for callback in self._callbacks.values():
            for pattern in (*callback.inputs, *callback.outputs):
                for concrete in self._state.matching(pattern):
                    yield PropId(stringify_id(concrete), pattern.prop)

    def hears(self, prop_id: PropId, component_id: ComponentId) -> bool:
        """Whether a shared callback listens to this property."""
        return any(self._listeners(prop_id, component_id))

    def _listeners(self, prop_id: PropId, component_id: ComponentId) -> Iterable[SharedCallback]:
        for callback in self._callbacks.values():
            if any(i.prop == prop_id.prop and i.matches(component_id) for i in callback.inputs):
                yield callback

    def edits(self, callback: SharedCallback, update: Update) -> dict[PropId, Any]:
        """Return the properties that a browser's request changes, with their values.

        Raises:
            RequestError: The request is not one that this callback's declaration allows.
        """
        given = (*update.inputs, *(update.state or ()))
        declared = (*callback.inputs, *callback.state)
        if len(update.inputs) != len(callback.inputs) or len(given) != len(declared):
            raise RequestError(f"{callback.name}: the request has other inputs than the callback")
        values: dict[str, Item] = {}
        for number, (pattern, items) in enumerate(zip(declared, given, strict=True)):
            if isinstance(items, list) != pattern.is_many:
                raise RequestError(f"{callback.name}: {pattern} is one, or many, and not the other")
            for item in items if isinstance(items, list) else (items,):
                if item.prop != pattern.prop or not pattern.matches(item.id):
                    raise RequestError(
                        f"{callback.name}: {item.prop_id!s:.200} is not its {pattern}"
                    )
                if number < len(callback.inputs):
                    values[str(item.prop_id)] = item
        outputs: Any = update.outputs if callback.is_multi else [update.outputs]
        instance = next(
            (
                item.id
                for pattern, item in zip(callback.inputs, update.inputs, strict=True)
                if pattern.is_matched and isinstance(item, Item)
            ),
            None,
        )
        declared_outputs = [
            pattern if instance is None else pattern.bound_to(instance)
            for pattern in callback.outputs
        ]
        if not _fits(declared_outputs, outputs if callback.outputs else []):
            raise RequestError(f"{callback.name}: the request has other outputs than the callback")
        for place in places(update.outputs):
            if not self._state.admits(place.id):
                raise RequestError(f"{callback.name}: there is no component {place.id:.200}")
        unknown = [changed for changed in update.changedPropIds if changed not in values]
        if unknown:
            raise RequestError(f"{callback.name}: {unknown[0]:.200} is not among its inputs")
        for changed in update.changedPropIds:
            _refuse_unfit(callback.name, values[changed])
        return {values[c].prop_id: values[c].value for c in update.changedPropIds}

    def instances(self, callback: SharedCallback) -> list[ComponentId | None]:
        """Return a component for each run that MATCH stands for; None where it is not used."""
        return [*self._state.matching(callback.matched)] if callback.matched else [None]

    def triggered(self, changed: Mods) -> list[Trigger]:
        """Return what a change triggers, in the order of registration per property."""
        found: dict[tuple[str, str], Trigger] = {}
        for component_id, props in changed.items():
            concrete = parse_id(component_id)
            for prop in props:
                prop_id = PropId(component_id, prop)
                for callback in self._listeners(prop_id, concrete):
                    for instance in self._instances_of(callback, prop, concrete):
                        key = (callback.id, stringify_id(instance) if callback.matched else "")
                        trigger = found.setdefault(key, Trigger(callback, instance, []))
                        trigger.changed.append(prop_id)
        return list(found.values())

    def _instances_of(
        self, callback: SharedCallback, prop: str, concrete: ComponentId
    ) -> list[ComponentId]:
        """Return the components for whose runs of a callback a change of this one counts."""
        heard = [i for i in callback.inputs if i.prop == prop and i.matches(concrete)]
        if callback.matched is None or all(pattern.is_matched for pattern in heard):
            return [concrete]
        return [
            instance
            for instance in self._state.matching(callback.matched)
            if any(pattern.bound_to(instance).matches(concrete) for pattern in heard)
        ]

    def request(
        self, callback: SharedCallback, trigger: ComponentId | None, changed: list[PropId]
    ) -> Update | None:
        """Write the request that a browser would have sent; None if a component is not known."""

        def item(concrete: ComponentId, prop: str) -> Item:
            value = self._state.live(PropId(stringify_id(concrete), prop))
            return Item(concrete, prop, None if value is MISSING else value)

        def fill(patterns: tuple[Pattern, ...]) -> Items | None:
            filled: Items = []
            for pattern in patterns:
                bound = pattern.bound_to(trigger) if trigger is not None else pattern
                ids = self._state.matching(bound)
                if bound.is_many:
                    filled.append([item(concrete, bound.prop) for concrete in ids])
                elif len(ids) == 1:
                    filled.append(item(ids[0], bound.prop))
                else:
                    return None
            return filled

        inputs, state, outputs = map(fill, (callback.inputs, callback.state, callback.outputs))
        if inputs is None or state is None or outputs is None:
            return None
        return Update(
            output=callback.id,
            outputs=msgspec.to_builtins(outputs if callback.is_multi else outputs[0]),
            inputs=inputs,
            state=state,
            changedPropIds=[str(prop_id) for prop_id in changed],
        )


def _fits(patterns: list[Pattern], outputs: Any) -> bool:
    """Whether outputs, as a browser names them, are those that were declared."""
    if not is_array(outputs) or len(outputs) != len(patterns):
        return False
    for pattern, output in zip(patterns, outputs, strict=True):
        several = output if pattern.is_many else [output]
        if not is_array(several):
            return False
        for one in several:
            found = [] if is_array(one) else places(one)
            if not any(p.prop == pattern.prop and pattern.matches(parse_id(p.id)) for p in found):
                return False
    return True


def _refuse_unfit(name: str, item: Item) -> None:
    """Refuse what a browser may not make a value of the shared state."""
    if is_object(item.value) and MARK in item.value:
        raise RequestError(f"{name}: {item.prop_id} is told as a Patch")
    level = [item.value]
    for _ in range(MAX_DEPTH):
        if any(is_component(value) for value in level):
            raise RequestError(f"{name}: {item.prop_id} holds a component")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise RequestError(f"{name}: {item.prop_id} is nested deeper than {MAX_DEPTH}")


def _inside(value: Any) -> list[Any]:
    if is_object(value):
        return list(value.values())
    return value if is_array(value) else []


def parse_id(component_id: str) -> ComponentId:
    """Read an id as it is written in a string; one that is no JSON after all is taken as it is."""
    if component_id.startswith("{"):
        try:
            return msgspec.json.decode(component_id, type=dict[str, Any])
        except msgspec.DecodeError:
            pass
    return component_id
