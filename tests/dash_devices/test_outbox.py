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


async def test_silent_and_notifying_changes_by_turns_are_merged_all_the_same() -> None:
    outbox = Outbox()
    for value in range(1000):
        outbox.put_mods(Broadcast({"a": {"value": value}}, value))
        outbox.put_mods(Broadcast({"b": {"value": value}}, value, notify=True))
    assert len(outbox) <= 8
    shown: dict[str, object] = {}
    for message in await taken(outbox):
        shown |= dict(message["d"])  # type: ignore[call-overload]
    assert shown == {"a": {"value": 999}, "b": {"value": 999}}


async def test_new_children_outdate_what_waits_for_the_old_ones() -> None:
    def children(value: int) -> list[object]:
        return [{"type": "P", "namespace": "x", "props": {"id": "b", "value": value}}]

    older = Broadcast({"list": {"children": children(1)}, "b": {"value": 6}}, 1)
    newer = Broadcast({"list": {"children": children(2)}}, 2)
    assert older.merged_with(newer).changed == {"list": {"children": children(2)}}
    edited = Broadcast({"b": {"value": 7}}, 3)
    assert newer.merged_with(edited).changed["b"] == {"value": 7}


@pytest.mark.parametrize(
    ("limits", "puts"), [({"limit": 3}, 4), ({"limit_bytes": 100}, 4), ({"limit_mods": 20}, 40)]
)
async def test_a_browser_that_does_not_read_is_given_up_and_costs_nothing_more(
    limits: dict[str, int], puts: int
) -> None:
    outbox = Outbox(**limits)
    for number in range(puts):
        assert not outbox.is_closed or number == puts - 1 or "limit_mods" in limits
        outbox.put_mods(Broadcast({"a": {"value": number}}, number))
        outbox.put(b'"' + b"x" * 30 + b'"')
    assert outbox.is_closed
    for number in range(100):
        outbox.put_mods(Broadcast({"a": {"value": number}}, number))
        outbox.put(b"1")
    assert len(outbox) == 0
    with pytest.raises(OutboxFullError):
        await outbox.take()
