import json

import pytest

from dash_devices import protocol
from dash_devices.outbox import Broadcast, Outbox, OutboxFullError


async def taken(outbox: Outbox) -> list[dict[str, object]]:
    return json.loads(await outbox.take())


async def test_answers_keep_their_place_among_changes() -> None:
    outbox = Outbox()
    outbox.put_mods(Broadcast({"a": {"value": 1}}, 1))
    outbox.put(protocol.ack(7, 1))
    outbox.put_mods(Broadcast({"a": {"value": 2}}, 2))
    outbox.put(protocol.response(7, 204))
    assert [(m["t"], m.get("q")) for m in await taken(outbox)] == [
        ("mod", 1),
        ("ack", 1),
        ("mod", 2),
        ("res", None),
    ]


async def test_changes_to_a_browser_that_does_not_read_are_merged_newest_first() -> None:
    outbox = Outbox()
    for value in range(10_000):
        outbox.put_mods(Broadcast({"a": {"value": value}, f"b{value % 3}": {"x": value}}, value))
    assert len(outbox) < 20
    shown: dict[str, object] = {}
    for message in await taken(outbox):
        shown |= dict(message["d"])  # type: ignore[call-overload]
    assert shown == {
        "a": {"value": 9999},
        "b0": {"x": 9999},
        "b1": {"x": 9997},
        "b2": {"x": 9998},
    }


async def test_a_merge_never_moves_a_change_across_an_answer() -> None:
    outbox = Outbox()
    for value in range(20):
        outbox.put_mods(Broadcast({"a": {"value": value}}, value))
    outbox.put(protocol.ack(1, 20))
    for value in range(20, 40):
        outbox.put_mods(Broadcast({"a": {"value": value}}, value))
    messages = await taken(outbox)
    where = [m["t"] for m in messages].index("ack")
    assert messages[where - 1]["d"] == [["a", {"value": 19}]]
    assert messages[-1]["d"] == [["a", {"value": 39}]]


async def test_merging_leaves_what_other_browsers_wait_for_alone() -> None:
    shared = Broadcast({"a": {"value": 1}}, 1)
    slow, quick = Outbox(), Outbox()
    quick.put_mods(shared)
    for value in range(9):
        slow.put_mods(shared if not value else Broadcast({"a": {"value": value}}, value))
    slow.put_mods(Broadcast({"a": {"value": 99}}, 99))
    assert (await taken(quick))[0]["d"] == [["a", {"value": 1}]]


async def test_a_broadcast_is_encoded_once() -> None:
    message = Broadcast({"a": {"value": 1}}, 1)
    assert message.encoded is message.encoded


async def test_answers_that_nobody_reads_are_refused_at_the_limit() -> None:
    outbox = Outbox(limit=3)
    for number in range(3):
        outbox.put(protocol.ack(number, 0))
    with pytest.raises(OutboxFullError):
        outbox.put(protocol.ack(4, 0))
    heavy = Outbox(limit_bytes=100)
    with pytest.raises(OutboxFullError):
        heavy.put(b"x" * 101)
