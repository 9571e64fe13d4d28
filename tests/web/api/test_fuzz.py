"""Schemathesis: whatever is sent is answered as the description of the API says.

``FUZZ_EXAMPLES`` (`make fuzz-api`) sends more of each, with another seed each time.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as said

from tests.system import people
from tests.system.processes import VizyProcesses
from tests.web.api.served import served
from tests.web.fakes import parts_of
from tests.web.strict import StrictDevice
from web.api import endpoints
from web.api.openapi import document

MORE = int(os.environ.get("FUZZ_EXAMPLES", "0"))
CHECKS = [
    checks.not_a_server_error,
    said.status_code_conformance,
    said.content_type_conformance,
    said.response_headers_conformance,
    said.response_schema_conformance,
    said.negative_data_rejection,
    said.unsupported_method,
    said.allow_header_conformance,
    said.ignored_auth,
]
ENDLESS = "^/events$|/stream$"
FATAL = "^/system/(restart|poweroff|reboot)$|^/settings/reset$"
OF_DAEMON = "^/settings"  # the stand-in has none

schema = schemathesis.openapi.from_dict(document(endpoints(parts_of(StrictDevice(Path("none"))))))
schema.config.generation.update(database="none")


def bounded(examples: int) -> Any:
    """Return how much is sent to each operation: the same every time, or more and other things."""
    return settings(
        max_examples=MORE or examples,
        derandomize=not MORE,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole application over a device that stands in for the daemon."""
    with served(tmp_path_factory.mktemp("fuzz")) as url:
        yield url


def send(case: Any, url: str) -> None:
    case.call_and_validate(
        base_url=f"{url}/api/v1", headers=people.headers("admin"), checks=CHECKS, timeout=20
    )


@schema.exclude(path_regex=f"{ENDLESS}|{OF_DAEMON}").parametrize()
@bounded(8)
def test_the_application_answers_as_described(case: Any, url: str) -> None:
    send(case, url)


@schema.exclude(path_regex=f"{ENDLESS}|{FATAL}").parametrize()
@bounded(4)
def test_both_processes_answer_as_described(case: Any, vizy: VizyProcesses) -> None:
    send(case, vizy.url)
