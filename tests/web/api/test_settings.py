"""Settings over the API of a whole Vizy: read, changed, refused, carried over, made as new."""

import tomllib

import pytest

from tests.system.processes import VizyProcesses
from vizy.settings import KEYS


def test_each_setting_tells_what_it_is_and_who_says_so(vizy: VizyProcesses) -> None:
    with vizy.client() as client:
        body = client.get("/api/v1/settings").json()
    assert body["file"] == f"{vizy.state_dir}/vizy.toml"
    assert body["items"].keys() == KEYS.keys()
    fps, port = body["items"]["camera.fps"], body["items"]["web.port"]
    assert (fps["value"], fps["source"], fps["fixed_by"]) == (30, "default", None)
    assert fps["info"]["takes"] == "a number above 0, up to 240"
    assert (port["source"], port["fixed_by"]) == ("fixed", "--port or VIZY_PORT")


def test_a_change_is_kept_waits_for_a_restart_and_is_seen_after_it(
    vizy_processes: VizyProcesses,
) -> None:
    with vizy_processes.client() as client:
        changed = client.patch("/api/v1/settings", json={"camera.fps": 12, "stream.quality": 55})
        assert changed.json()["waiting"] == ["camera.fps"]
        assert changed.json()["items"]["stream.quality"]["value"] == 55
        state = client.get("/api/v1/state").json()["settings"]
        assert state == {"changes": 1, "waiting": ["camera.fps"]}
        text = client.get("/api/v1/settings/export").text
        assert tomllib.loads(text) == {"camera": {"fps": 12.0}, "stream": {"quality": 55}}
        assert client.patch("/api/v1/settings", json={"web.host": "::1"}).is_success
        assert "web.host" in client.get("/api/v1/settings").json()["waiting"]
        assert client.patch("/api/v1/settings", json={"web.host": None}).is_success
        vizy_processes.restart("hardware")
        vizy_processes.restart("web")
    with vizy_processes.client() as client:
        body = client.get("/api/v1/settings").json()
        assert (body["waiting"], body["items"]["camera.fps"]["value"]) == ([], 12)
        order = {"toml": "[camera]\nfps = 15\n[web]\nport = 1\n"}
        preview = client.post("/api/v1/settings/import?check=true", json=order).json()
        assert preview["changes"] == {
            "camera.fps": {"from": 12, "to": 15},
            "stream.quality": {"from": 55, "to": None},
        }
        assert client.get("/api/v1/settings/export").text == text
        assert client.post("/api/v1/settings/import", json=order).json() == preview
        assert tomllib.loads(client.get("/api/v1/settings/export").text) == {"camera": {"fps": 15}}
        reset = client.post("/api/v1/settings/reset", json={"confirm": "reset"})
        assert reset.status_code == 422
        assert client.post("/api/v1/settings/reset", json={"confirm": "RESET"}).status_code == 204
        assert client.get("/api/v1/state").status_code == 401  # its user is gone as well
        assert tomllib.loads((vizy_processes.state_dir / "vizy.toml").read_text())["camera"] == {}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"camera.fps": 0}, "camera.fps = 0 is refused: camera.fps takes a number above 0"),
        ({"camera.fpz": 1}, "did you mean `camera.fps`?"),
        ({"web.port": 81}, "web.port is fixed by --port or VIZY_PORT"),
    ],
)
def test_a_refused_change_names_key_value_and_limit(
    vizy: VizyProcesses, values: dict[str, object], text: str
) -> None:
    with vizy.client() as client:
        response = client.patch("/api/v1/settings", json={"stream.quality": 3} | values)
        assert response.status_code == 422
        assert text in response.json()["detail"]
        broken = client.post("/api/v1/settings/import", json={"toml": "[camera]\nfps = "})
        assert "is not valid TOML" in broken.json()["detail"]
        assert client.get("/api/v1/settings/export").text == ""
