"""The queue of packets: bounded by bytes, and what comes through can always be decoded."""

import threading

from hardware.video.packet import Packet
from hardware.video.queue import PacketQueue
from tests.hardware.video.studio import bare, encoded

HEADER = encoded([0])[0].header


def stamps(packets: list[Packet]) -> list[int]:
    return [packet.timestamp_ns // 10**9 for packet in packets]


def test_when_it_is_full_all_up_to_a_keyframe_with_room_is_left_out() -> None:
    queue = PacketQueue(limit_bytes=250)
    queue.put(bare(HEADER, 0, keyframe=True))
    queue.put(bare(HEADER, 1))
    queue.put(bare(HEADER, 2))  # no room
    queue.put(bare(HEADER, 3, keyframe=True))  # none either
    assert stamps(queue.take()) == [0, 1]
    queue.put(bare(HEADER, 4))  # room, but nothing to decode it from
    queue.put(bare(HEADER, 5, keyframe=True))
    queue.put(bare(HEADER, 6))
    assert stamps(queue.take()) == [5, 6]
    assert queue.lost == 3


def test_after_the_end_what_waits_can_be_taken_and_nothing_comes_in() -> None:
    queue = PacketQueue()
    queue.put(bare(HEADER, 0, keyframe=True))
    queue.end()
    queue.put(bare(HEADER, 1))
    assert not queue.is_exhausted
    assert stamps(queue.take()) == [0]
    assert queue.is_exhausted


def test_taking_waits_for_the_first_and_for_the_end() -> None:
    queue = PacketQueue()
    taken: list[list[Packet]] = []
    thread = threading.Thread(target=lambda: taken.extend([queue.take(20), queue.take(20)]))
    thread.start()
    queue.put(bare(HEADER, 0, keyframe=True))
    while not taken and thread.is_alive() and not queue.is_exhausted:
        queue.end()
    queue.end()
    thread.join(20)
    assert sum(len(each) for each in taken) == 1


def test_each_word_is_told() -> None:
    told: list[None] = []
    queue = PacketQueue(on_put=lambda: told.append(None))
    queue.put(bare(HEADER, 0, keyframe=True))
    queue.end()
    assert len(told) == 2
