"""What docs/api.md shows: each line for curl is run, and a player of video shows its password."""

import json
import re
import subprocess
import zipfile
from pathlib import Path

import av
import httpx

from tests.system import people
from tests.system.processes import VizyProcesses

PAGE = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text()


def test_each_line_for_curl_works_as_it_stands(vizy: VizyProcesses, tmp_path: Path) -> None:
    said: list[str] = []
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        done = subprocess.run(
            ["bash", "-euc", block],
            cwd=tmp_path,
            env={
                "VIZY": vizy.url,
                "TOKEN": people.token_secret("operator"),
                "PATH": "/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}"
        said.append(done.stdout)
    assert (tmp_path / "now.jpg").read_bytes().startswith(b"\xff\xd8")
    assert (tmp_path / "sensors.csv").read_text().startswith("time,")
    assert zipfile.ZipFile(tmp_path / "today.zip").testzip() is None
    assert json.loads(said[2])["controls"]["Contrast"] == 1.1
    assert said[-2].startswith("retry: ")
    assert json.loads(said[-1])["code"] == "invalid-value"


def test_every_code_and_type_of_job_that_the_page_names_exists(client: httpx.Client) -> None:
    described = client.get("/api/v1/openapi.json").text
    table = PAGE.partition("## Errors")[2].partition("```sh")[0]
    known = {"method-not-allowed", "too-many-attempts"}  # of no operation that is described
    for code in set(re.findall(r"`([a-z]+(?:-[a-z]+)+|busy|conflict|settings)`", table)) - known:
        assert f'"{code}"' in described, code
    for kind in ("burst", "bracket", "timelapse", "recording", "motion", "movie"):
        assert f'"{kind}"' in described


def test_ffmpeg_reads_the_stream_with_the_token_as_password(vizy: VizyProcesses) -> None:
    address = vizy.url.replace("://", f"://any:{people.token_secret('viewer')}@") + "/stream.mjpg"
    with av.open(address, format="mpjpeg", timeout=10) as stream:
        frames = [frame for _, frame in zip(range(3), stream.decode(video=0), strict=False)]
    assert len(frames) == 3
    assert frames[0].width > 100
