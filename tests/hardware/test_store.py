"""The store: revisions only grow, only real changes count, followers get the latest."""

import asyncio

from tests.hardware.states import first_store


def test_a_change_raises_the_revision_by_one() -> None:
    store = first_store()
    assert store.update(controls={"Brightness": 0.1}).revision == 101
    assert store.change("streaming", readers=2).revision == 102
    assert store.state.controls == {"Brightness": 0.1}
    assert store.state.streaming.readers == 2


def test_what_equals_the_old_is_no_change() -> None:
    store = first_store()
    before = store.update(controls={"Brightness": 0.1})
    assert store.update(controls={"Brightness": 0.1}) is before
    assert store.change("streaming", readers=0) is before


async def test_a_follower_gets_changes_in_order() -> None:
    store = first_store()
    following = store.follow(since=store.state.revision)
    for value in (0.1, 0.2):
        store.update(controls={"Brightness": value})
        state = await anext(following)
        assert state.controls == {"Brightness": value}
    await following.aclose()


async def test_a_slow_follower_gets_the_latest_once() -> None:
    store = first_store()
    following = store.follow(since=store.state.revision)
    for n in range(1000):
        store.update(controls={"Brightness": n / 1000})
    assert (await anext(following)).controls == {"Brightness": 0.999}
    waiting = asyncio.create_task(anext(following))
    await asyncio.sleep(0)
    assert not waiting.done()
    store.update(controls={})
    assert (await waiting).controls == {}
    await following.aclose()


async def test_a_follower_that_is_behind_gets_the_state_at_once() -> None:
    store = first_store()
    following = store.follow(since=50)
    assert (await anext(following)).revision == 100
    await following.aclose()
