"""Which packets belong to a movement: before, after, cut when long, and never too much memory."""

from hardware.video.packet import Packet
from hardware.video.preroll import PreRoll
from hardware.video.reel import Cutter, Reel
from tests.hardware.video.studio import bare, encoded
from vizy.jobs import Motion

HEADER = encoded([0])[0].header
OTHER = encoded([0])[0].header


class Videos(Cutter):
    def __init__(self) -> None:
        self.videos: list[list[float]] = []
        self.ended = 0

    def begin(self, packet: Packet) -> None:
        assert packet.is_keyframe
        self.videos.append([packet.timestamp_ns / 1e9])

    def put(self, packet: Packet) -> None:
        assert self.ended == len(self.videos) - 1
        self.videos[-1].append(packet.timestamp_ns / 1e9)

    def end(self) -> None:
        self.ended += 1
        assert self.ended == len(self.videos)


class Bench:
    """Four packets a second, a keyframe at each whole one."""

    def __init__(self, *, before_s: float = 3, after_s: float = 5, longest_s: float = 300) -> None:
        self.videos = Videos()
        spec = Motion(before_s=before_s, after_s=after_s, longest_s=longest_s)
        self.reel = Reel(spec, self.videos)
        self.quarter = 0

    def run(self, until_s: float) -> None:
        while self.quarter < until_s * 4:
            keyframe = self.quarter % 4 == 0
            self.reel.take(bare(HEADER, self.quarter / 4, keyframe=keyframe))
            self.quarter += 1

    def moved(self, at_s: float) -> None:
        self.reel.moved(round(at_s * 1e9))


def test_a_video_begins_before_its_movement_and_ends_behind_it() -> None:
    bench = Bench(before_s=3, after_s=5)
    bench.run(20)
    bench.moved(19.5)
    bench.run(22)
    bench.moved(21.5)
    bench.run(40)
    (video,) = bench.videos.videos
    assert video[0] == 16.0  # the keyframe at or before 16.5
    assert video[-1] == 26.5
    assert video == [16 + n / 4 for n in range(len(video))]
    assert not bench.reel.is_open


def test_a_movement_just_after_the_start_has_what_there_is() -> None:
    bench = Bench(before_s=10, after_s=1)
    bench.moved(0)
    bench.run(5)
    assert bench.videos.videos == [[0, 0.25, 0.5, 0.75, 1.0]]


def test_each_movement_is_a_video_of_its_own() -> None:
    bench = Bench(before_s=1, after_s=1)
    for at_s in (5, 10, 15):
        bench.run(at_s)
        bench.moved(at_s)
    bench.run(20)
    assert [video[0] for video in bench.videos.videos] == [4, 9, 14]
    assert bench.videos.ended == 3


def test_a_movement_that_does_not_end_is_cut_without_a_hole() -> None:
    bench = Bench(before_s=0, after_s=5, longest_s=5)
    bench.run(2)
    while bench.quarter < 60:
        bench.moved(bench.quarter / 4)
        bench.run((bench.quarter + 1) / 4)
    bench.reel.end()
    whole = [at_s for video in bench.videos.videos for at_s in video]
    assert whole == [whole[0] + n / 4 for n in range(len(whole))]
    assert [video[-1] - video[0] for video in bench.videos.videos[:-1]] == [4.75, 4.75]


def test_packets_of_another_encoder_begin_another_video() -> None:
    bench = Bench(before_s=1, after_s=5)
    bench.run(3)
    bench.moved(2.5)
    bench.reel.take(bare(OTHER, 3.0, keyframe=True))
    bench.reel.take(bare(OTHER, 3.25))
    assert [video[0] for video in bench.videos.videos] == [1, 3]
    assert bench.videos.videos[1] == [3, 3.25]


def test_the_pre_roll_reaches_as_far_as_it_must_and_no_farther() -> None:
    pre_roll = PreRoll(3_000_000_000)
    for quarter in range(400):
        pre_roll.add(bare(HEADER, quarter / 4, keyframe=quarter % 4 == 0))
    packets = pre_roll.since(0)
    assert packets[0].is_keyframe
    assert packets[0].timestamp_ns == 96_000_000_000  # at or before 99.75 - 3
    assert pre_roll.held_bytes == len(packets) * 100


def test_the_pre_roll_never_holds_more_than_it_may() -> None:
    pre_roll = PreRoll(60_000_000_000, limit_bytes=1000)
    most = 0
    for quarter in range(100):
        pre_roll.add(bare(HEADER, quarter / 4, keyframe=quarter % 4 == 0))
        most = max(most, pre_roll.held_bytes)
    assert most <= 1000
    assert pre_roll.since(0)[0].is_keyframe


def test_what_has_no_keyframe_before_it_is_not_kept() -> None:
    pre_roll = PreRoll(10**9)
    pre_roll.add(bare(HEADER, 0))
    assert pre_roll.since(0) == []
