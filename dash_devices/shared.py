"""`SharedEngine`: one order of changes for everybody.

A browser's edit of a shared input takes its place the moment it arrives: the state takes the value,
the other browsers are told, the sender gets its acknowledgement, and the callback waits in its
device's `Domain`. A push from the device takes the same path. Outputs go to the state and to every
browser. Everything here runs on the event loop and, but for running a callback, without awaiting:
that is what fixes the order.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from dash_devices import push
from dash_devices.clients import Client, Clients
from dash_devices.dependencies import PropId, canonical_id, is_state_like
from dash_devices.domain import Domain, Job
from dash_devices.errors import ForbiddenError, QueueFullError, RequestError
from dash_devices.outbox import Broadcast
from dash_devices.protocol import Update, flat
from dash_devices.registry import ComponentId, Registry, SharedCallback, parse_id
from dash_devices.report import Report
from dash_devices.state import MISSING, Mods, SharedState
from dash_devices.turns import Turns, Waiter

if TYPE_CHECKING:
    from dash_devices.app import Dash

MAX_STRANGE_BYTES = 10_000
"""How large a value may be of a component that only a browser knows."""

# A slider tells where it is as soon as it is drawn; that is not an edit.
COMPANIONS = {"drag_value": "value"}


class SharedEngine:
    """Everything that is shared between browsers."""

    def __init__(self, app: "Dash", clients: Clients, state: SharedState, turns: Turns) -> None:
        self.callbacks = Registry(state)
        self._app = app
        self._clients = clients
        self._state = state
        self._turns = turns
        self._waiting: Counter[PropId] = Counter()
        self._reports: dict[str, Report] = {}
        self._to_start: set[tuple[str, tuple[PropId, ...]]] = set()

    # -- edits of a browser ----------------------------------------------------------------------

    def submit(self, update: Update, client: Client, request: int) -> None:
        """Give a browser's edit its place: state, other browsers, acknowledgement, queue.

        Raises:
            RequestError: The request is not one that this callback's declaration allows.
            QueueFullError: As many changes wait for the device as may.
        """
        callback = self.callbacks[update.output]
        edits = self.callbacks.edits(callback, update)
        for prop_id in edits:
            if not self._state.admits(prop_id.id):
                raise RequestError(f"{callback.name}: there is no component {prop_id.id:.200}")
            if not self._state.knows(prop_id.id) and _weighs_too_much(edits[prop_id]):
                raise RequestError(
                    f"{callback.name}: {prop_id!s:.200} is of no layout and larger than "
                    f"{MAX_STRANGE_BYTES} bytes"
                )
        new = {
            prop_id: value for prop_id, value in edits.items() if not self._is_known(prop_id, value)
        }
        state_like = {prop_id: value for prop_id, value in new.items() if is_state_like(prop_id)}
        for other in self.callbacks.triggered(_as_mods(state_like)):
            if not self._app.access.allows(client, other.callback.id):
                raise ForbiddenError(f"this browser may not change {other.callback.id:.200}")
        waiter = Waiter(client, request)
        if not new:
            client.ack(request, self._state.revision)
            waiter.done()
            return
        self._fill_from_state(update, edits)
        job = self._job(callback, update, frozenset(edits), client, waiter)
        self._domain_of(callback).put(job)
        self._waiting.update(edits.keys())
        self._share(_as_mods(new), skip=client)
        client.ack(request, self._state.revision)
        # Another callback on the same click is asked for by the browser itself; on the same value
        # too, but that request will find the value known.
        self._follow(_as_mods(state_like), skip=update)

    def _is_known(self, prop_id: PropId, value: Any) -> bool:
        known = self._state.get(prop_id)
        if known is MISSING and prop_id.prop in COMPANIONS:
            known = self._state.get(PropId(prop_id.id, COMPANIONS[prop_id.prop]))
        return known is not MISSING and is_state_like(prop_id) and known == value

    def _fill_from_state(self, update: Update, edits: dict[PropId, Any]) -> None:
        """Use the shared value of what this browser did not change: it may not know it yet."""
        for item in flat([*update.inputs, *(update.state or [])]):
            shared = self._state.live(item.prop_id)
            if item.prop_id not in edits and shared is not MISSING:
                item.value = shared

    # -- pushes of the server --------------------------------------------------------------------

    def push(self, mods: Mods, client: Client | None = None) -> None:
        """Set properties everywhere (or in one browser) and run the callbacks that listen."""
        if client is not None:
            silent, notifying = self._split(mods)
            for part, notify in ((silent, False), (notifying, True)):
                if part:
                    client.outbox.put_mods(
                        Broadcast(part, self._state.revision, notify=notify, own=True)
                    )
            return
        changed = self._share(mods)
        self._follow(changed)

    def report(self, said: Any, domain: str) -> None:
        """Show what a device says of itself, in its turn in the device's queue.

        A function is asked when its turn comes. What waits already takes the new in: at most one
        report waits for a device, and `Report` bounds what it holds.

        Raises:
            PushError: It cannot be sent to a browser.
        """

        async def run() -> None:
            mods = self._reports.pop(domain).collect()
            self._share(
                {
                    component_id: kept
                    for component_id, props in mods.items()
                    if (
                        kept := {
                            prop: value
                            for prop, value in props.items()
                            if not self._waiting[PropId(component_id, prop)]
                        }
                    )
                }
            )

        waiting = self._reports.get(domain, Report())
        waiting.add(said)
        if domain not in self._reports:
            self._reports[domain] = waiting
            self._turns.domain(domain).put_always(Job(run))

    def start(self, callback: SharedCallback) -> None:
        """Run a callback once that wants it, now that its components are known."""
        if callback.runs_at_start and callback.outputs:
            for instance in self.callbacks.instances(callback):
                self._start(callback, instance)

    def start_added(self) -> None:
        """As `start`, for components that have come since the last time."""
        ids = [parse_id(component_id) for component_id in self._state.take_added()]
        if not ids:
            return
        self._state.seed(self.callbacks.prop_ids())
        for callback in self.callbacks:
            if not callback.runs_at_start or not callback.outputs:
                continue
            for instance in self.callbacks.instances(callback):
                inputs = (i if instance is None else i.bound_to(instance) for i in callback.inputs)
                if any(pattern.matches(new) for pattern in inputs for new in ids):
                    self._start(callback, instance)

    def _start(self, callback: SharedCallback, instance: ComponentId | None) -> None:
        update = self.callbacks.request(callback, instance, changed=[])
        if update is None:
            self._app.complaints.of_missing(callback.name, [*callback.inputs, *callback.outputs])
            return
        run = _run_id(callback, update)
        self._to_start.add(run)

        async def start() -> None:
            # What ran before may have run this one too, or changed what it starts from.
            now = self.callbacks.request(callback, instance, changed=[])
            if run in self._to_start and now is not None:
                await self._run(callback, now, None, None)

        self._domain_of(callback).put_always(Job(start))

    def _put(self, domain: Domain, callback: SharedCallback, job: Job) -> bool:
        try:
            domain.put(job)
        except QueueFullError as error:
            self._app.complaints.say(f"shared callback {callback.name} does not run: {error}")
            return False
        return True

    def _split(self, mods: Mods) -> tuple[Mods, Mods]:
        """Part mods in those that a browser applies silently and those that it treats as edits."""
        silent: Mods = {}
        notifying: Mods = {}
        for component_id, props in mods.items():
            concrete = parse_id(component_id)
            for prop, value in props.items():
                is_edit = not self.callbacks.hears(
                    PropId(component_id, prop), concrete
                ) and self._app.has_regular_listener(concrete, prop)
                (notifying if is_edit else silent).setdefault(component_id, {})[prop] = value
        return silent, notifying

    # -- what both share -------------------------------------------------------------------------

    def _share(self, mods: Mods, skip: Client | None = None) -> Mods:
        """Take values into the state and tell the browsers; return what really changed."""
        changed = self._state.apply(mods)
        for part, notify in zip(self._split(changed), (False, True), strict=True):
            if part:
                self._clients.broadcast(
                    Broadcast(part, self._state.revision, notify=notify), skip=skip
                )
        self.start_added()
        return changed

    def _follow(
        self, changed: Mods, skip: Update | None = None, ahead_in: Domain | None = None
    ) -> None:
        """Queue the callbacks that listen to what changed, as a browser's edit would.

        Args:
            skip: The run that made the change; it has been, or will.
            ahead_in: The domain in which they follow at once, before what waits.
        """
        at_once: list[Job] = []
        for trigger in self.callbacks.triggered(changed):
            callback = trigger.callback
            update = self.callbacks.request(callback, trigger.component_id, trigger.changed)
            if update is None or (skip is not None and update.is_same_run(skip)):
                continue
            job = self._job(callback, update, frozenset(trigger.changed))
            domain = self._domain_of(callback)
            if domain is ahead_in:
                at_once.append(job)
            elif not self._put(domain, callback, job):
                continue
            self._waiting.update(trigger.changed)
        if ahead_in is not None and at_once:
            ahead_in.put_next(at_once)

    def _domain_of(self, callback: SharedCallback) -> Domain:
        return self._turns.domain(callback.domain_for(None))

    def _job(
        self,
        callback: SharedCallback,
        update: Update,
        changed: frozenset[PropId],
        client: Client | None = None,
        waiter: Waiter | None = None,
    ) -> Job:
        """Make a run of a callback; whoever queues it counts what `changed` as waiting."""

        async def run() -> None:
            self._no_longer_waiting(changed)
            await self._run(callback, update, client, waiter)

        def replaced() -> None:
            self._no_longer_waiting(changed)
            if waiter:
                waiter.done()

        key = None
        if changed and callback.coalesces(changed):
            key = (changed, _run_id(callback, update))
        return Job(run, key=key, replaced=replaced)

    def _no_longer_waiting(self, changed: frozenset[PropId]) -> None:
        for prop_id in changed:
            self._waiting[prop_id] -= 1
            if not self._waiting[prop_id]:
                del self._waiting[prop_id]

    # -- running ---------------------------------------------------------------------------------

    async def _run(
        self,
        callback: SharedCallback,
        update: Update,
        client: Client | None,
        waiter: Waiter | None,
    ) -> None:
        domain = self._domain_of(callback)
        self._to_start.discard(_run_id(callback, update))
        try:
            answer = await self._turns.run(callback, update, domain, client=client, waiter=waiter)
            outputs = _outputs(answer)
            self._app.complaints.of_unknown(f"callback {callback.name}", outputs)
            changed = self._share(outputs)
        except Exception as error:  # noqa: BLE001 - it is told, and the others go on
            self._turns.failed(callback, error, waiter)
            return
        self._follow(changed, skip=update, ahead_in=domain)
        if waiter:
            waiter.done()

    def clear(self) -> None:
        """Forget what waited, after the queues were closed."""
        self._waiting.clear()
        self._reports.clear()
        self._to_start.clear()


def _weighs_too_much(value: Any) -> bool:
    return len(msgspec.json.encode(value)) > MAX_STRANGE_BYTES


def _run_id(callback: SharedCallback, update: Update) -> tuple[str, tuple[PropId, ...]]:
    """Tell the runs of a callback apart that MATCH makes several of."""
    return callback.id, tuple(update.places())


def _outputs(answer: str | None) -> Mods:
    """Collect what a callback set: its outputs, and what it set or returned instead of them."""
    mods: Mods = {}
    answered: dict[str, Any] = msgspec.json.decode(answer) if answer else {}
    parts: list[Mods] = [answered.get("response") or {}, answered.get("sideUpdate") or {}]
    for part in parts:
        for written, props in part.items():
            component_id = canonical_id(written)
            for prop, value in props.items():
                clean = push.as_json(component_id, prop, value)
                mods.setdefault(component_id, {})[prop] = clean
    return mods


def _as_mods(values: dict[PropId, Any]) -> Mods:
    mods: Mods = {}
    for prop_id, value in values.items():
        mods.setdefault(prop_id.id, {})[prop_id.prop] = value
    return mods
