"""The access point of a device without a network, with simulated radios inside the guest."""

import base64
from pathlib import Path

from tests.image.figures import Figures
from tests.image.guest import Guest, Image

SCRIPT = Path(__file__).with_name("guest_onboarding.py")
STEPS = (
    "opens",
    "address",
    "names",
    "probe",
    "page",
    "login",
    "not-there",
    "wrong-password",
    "joins",
)


def test_a_phone_finds_the_access_point_and_chooses_a_network(
    image: Image, tmp_path: Path, figures: Figures
) -> None:
    with Guest(image, tmp_path) as guest:
        guest.power_on()
        guest.until_page()
        text = base64.b64encode(SCRIPT.read_bytes()).decode()
        guest.ask(f"echo {text} | base64 -d >/run/guest_onboarding.py")
        code, said = guest.run("python3 /run/guest_onboarding.py --cable eth0", limit_s=1500)
        lines = [line.split(" ", 3) for line in said.splitlines() if line.startswith("ONBOARDING ")]
        results = {line[1]: line[2:] for line in lines}
        assert code == 0, said
        assert [name for name in STEPS if results.get(name, ["?"])[0] != "ok"] == [], said
        figures.note("access point", results["opens"][1])
