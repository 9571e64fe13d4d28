"""`Chains`: regular callbacks that follow from one another run in one round trip.

A callback registered with ``chain=True`` is followed, on the server, by the regular callbacks that
listen to its outputs, and those by theirs. The browser sends along what each of them would need;
one answer carries all outputs, and says who has run, so that the browser does not ask again.
Followers with wildcards, background and clientside callbacks are left to the browser. Event loop.
"""

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from dash._grouping import flatten_grouping

from dash_devices import protocol
from dash_devices.clients import Client
from dash_devices.dependencies import Pattern, PropId, canonical_id
from dash_devices.dispatch import error_text, execute, execution_context
from dash_devices.patch import MARK
from dash_devices.protocol import Update, flat
from dash_devices.state import Mods, is_object

if TYPE_CHECKING:
    from dash_devices.app import Dash

logger = logging.getLogger("dash_devices")


@dataclass
class Answer:
    """What a chain has produced so far; ``ran`` names the callbacks that followed the first."""

    response: Mods = field(default_factory=dict[str, dict[str, Any]])
    side_update: Mods = field(default_factory=dict[str, dict[str, Any]])
    ran: list[str] = field(default_factory=list[str])

    def take(self, text: str | None) -> None:
        """Add Dash's answer of one callback."""
        answered: dict[str, Any] = msgspec.json.decode(text) if text else {}
        for mine, member in ((self.response, "response"), (self.side_update, "sideUpdate")):
            theirs: Mods = answered.get(member) or {}
            for component_id, props in theirs.items():
                mine.setdefault(canonical_id(component_id), {}).update(props)

    def produced(self, prop_id: PropId) -> bool:
        """Whether a whole value of this property is among the outputs."""
        value = self.response.get(prop_id.id, {}).get(prop_id.prop, ...)
        return value is not ... and not (is_object(value) and MARK in value)

    @property
    def text(self) -> str | None:
        """All of it as Dash would have answered."""
        if not self.response and not self.side_update:
            return None
        answer: dict[str, Any] = {"multi": True, "response": self.response}
        if self.side_update:
            answer["sideUpdate"] = self.side_update
        return msgspec.json.encode(answer).decode()


class Chains:
    """Which callbacks follow which, and running them."""

    def __init__(self, app: "Dash") -> None:
        self._app = app
        self._first: list[str] = []
        self._followers: dict[str, list[str]] = {}
        self._followers_of = -1

    def register(self, callback_id: str) -> None:
        """Let a callback be followed on the server."""
        self._first.append(callback_id)

    def followers(self) -> dict[str, list[str]]:
        """Return, for each callback that is followed, the others in the order in which they run."""
        if self._followers_of != len(self._app.callback_map):
            self._followers_of = len(self._app.callback_map)
            self._followers = {first: self._after(first) for first in self._first}
        return self._followers

    def _after(self, first: str) -> list[str]:
        entries = {
            callback_id: entry
            for callback_id, entry in self._app.callback_map.items()
            if self._can_follow(callback_id, entry)
        }
        done: list[str] = []

        def visit(callback_id: str, path: frozenset[str]) -> None:
            outputs = _outputs(self._app.callback_map[callback_id])
            for other, entry in entries.items():
                if other in path or other in done:
                    continue
                inputs = map(Pattern.of, entry["raw_inputs"])
                if any(i.overlaps(o) for i in inputs for o in outputs):
                    visit(other, path | {other})
                    done.append(other)

        visit(first, frozenset({first}))
        return done[::-1]

    def _can_follow(self, callback_id: str, entry: dict[str, Any]) -> bool:
        depends = [*map(Pattern.of, entry["raw_inputs"]), *_outputs(entry)]
        return (
            "callback" in entry
            and not entry.get("background")
            and callback_id not in self._app.engine.callbacks
            and callback_id not in self._app.serial
            and not any(pattern.is_wild for pattern in depends)
            and not any('"' in state["id"] for state in entry["state"])
        )

    async def run(
        self, first: Update, text: str | None, links: list[Update], client: Client
    ) -> Answer:
        """Run what follows from an answer.

        Args:
            first: The request that was answered.
            text: Dash's answer to it.
            links: What the browser would ask of each follower.
        """
        answer = Answer()
        answer.take(text)
        asked = {link.output: link for link in links}
        for callback_id in self.followers().get(first.output, []):
            link = asked.get(callback_id)
            if link is None or not self._app.access.allows(client, callback_id):
                continue
            items = list(flat(link.inputs))
            changed = [str(item.prop_id) for item in items if answer.produced(item.prop_id)]
            if not changed:
                continue
            for item in [*items, *flat(link.state or [])]:
                if answer.produced(item.prop_id):
                    item.value = answer.response[item.prop_id.id][item.prop_id.prop]
            link.changedPropIds = changed
            answer.ran.append(callback_id)
            try:
                context = execution_context(self._app, link, client)
                answer.take(await execute(self._app, link, context, self._app.call_in_thread))
            except Exception as error:
                logger.exception("callback %s failed", callback_id)
                client.send(
                    protocol.complaint(
                        f"callback {callback_id} failed", error_text(self._app, error)
                    )
                )
        return answer


def _outputs(entry: dict[str, Any]) -> list[Pattern]:
    return [Pattern.of(output) for output in flatten_grouping(entry["output"])]
