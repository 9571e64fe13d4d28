"""Jobs as the page shows them: pills, the recording's clock, and what became of them."""

from typing import Any

import pytest
from dash._utils import to_json

from vizy.jobs import Burst, JobSpec, JobState, Motion, Movie, Recording, TimeLapse
from web.pages.live.jobs import JobNews, active, clock, outcome, pills


def a_job(spec: JobSpec, **facts: Any) -> JobState:
    return JobState(**{"id": "j1", "spec": spec, "status": "running", "started": ""} | facts)


@pytest.mark.parametrize(
    ("job", "text"),
    [
        (a_job(Burst(count=10), done=3, total=10), "3 of 10"),
        (a_job(Burst(count=10)), "0 of 10"),
        (a_job(TimeLapse(), done=1), "1 picture"),
        (a_job(TimeLapse(), status="waiting", detail="goes on at 06:30"), "waiting"),
        (a_job(Motion()), "watching"),
        (a_job(Motion(), done=2), "2 videos"),
        (a_job(Movie(group="g"), done=1, total=3), "33 %"),
        (a_job(Burst(), status="stopping"), "stopping"),
    ],
)
def test_a_pill_says_how_far_a_job_is(job: JobState, text: str) -> None:
    (pill,) = pills([job])
    assert text in to_json(pill)
    assert job.detail in to_json(pill)


def test_a_pill_says_trouble_and_leaves_the_encoder_to_those_who_ask() -> None:
    (pill,) = pills([a_job(Motion(), detail="libx264; no frame for 9 s")])
    name, text = to_json(pill.children[0].children), pill.children[0].title
    assert "no frame for 9 s" in name
    assert "libx264" not in name
    assert text == "libx264; no frame for 9 s"


def test_recordings_and_what_has_ended_have_no_pill() -> None:
    recording = a_job(Recording(), id="r", done=61)
    ended = a_job(Recording(), id="q", status="done")
    assert pills([ended, recording, a_job(Burst(), status="failed")]) == []
    assert active([ended, recording], Recording) is recording
    assert [clock(s) for s in (0, 61.9, 3723)] == ["0:00", "1:01", "1:02:03"]


@pytest.mark.parametrize(
    ("job", "text"),
    [
        (a_job(Burst(), status="done", done=10, missed=2), "Burst: 10 pictures, 2 missed"),
        (a_job(TimeLapse(), status="stopped", done=1), "Time-lapse: 1 picture"),
        (a_job(Recording(), status="done", done=12), "The recording is saved"),
        (a_job(Movie(group="g"), status="done", done=9), "The movie is made"),
        (a_job(Motion(), status="stopped", done=3), "Motion ended: 3 videos"),
        (a_job(Burst(), status="failed", reason="the disk is full"), "failed: the disk is full"),
    ],
)
def test_the_end_of_a_job_says_what_it_made_and_where(job: JobState, text: str) -> None:
    said = to_json(outcome(job))
    assert text in said
    assert ("gallery?group=j1" in said) is bool(job.done)


def test_each_end_is_news_once_also_of_jobs_that_were_never_seen_to_run() -> None:
    news = JobNews()
    old, new = a_job(Burst(), id="a", status="done"), a_job(Burst(), id="b")
    assert news.ended([old]) == []
    assert news.ended([old, new]) == []
    ended = a_job(Burst(), id="b", status="failed")
    quick = a_job(Burst(), id="c", status="done")
    assert news.ended([quick, ended, old]) == [quick, ended]
    assert news.ended([quick, ended]) == []
