"""The description of the API: valid, whole, and served; and the page for people."""

import re
from html import escape
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import parts_of
from tests.web.strict import StrictDevice
from web.api import Endpoint, endpoints

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
async def document(client: Client) -> dict[str, Any]:
    response = await client.get("/api/v1/openapi.json")
    assert response.content_type == "application/json"
    described: dict[str, Any] = await response.get_json()
    return described


@pytest.fixture
def every(device: StrictDevice) -> tuple[Endpoint, ...]:
    return endpoints(parts_of(device))


def operation(document: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", endpoint.path)
    found: dict[str, Any] = document["paths"][path][endpoint.method.lower()]
    return found


def test_it_is_valid(document: dict[str, Any]) -> None:
    errors = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []
    assert document["openapi"] == "3.1.0"


def test_it_describes_each_endpoint_and_nothing_else(
    document: dict[str, Any], every: tuple[Endpoint, ...]
) -> None:
    described = sum(len(METHODS & set(path)) for path in document["paths"].values())
    assert described == len(every)
    names = [operation(document, endpoint)["operationId"] for endpoint in every]
    assert len(set(names)) == len(names)


def test_each_operation_says_its_role_tag_errors_and_body(
    document: dict[str, Any], every: tuple[Endpoint, ...]
) -> None:
    for endpoint in every:
        described = operation(document, endpoint)
        assert described["x-vizy-role"] == endpoint.role.label
        assert described["summary"] == endpoint.summary
        assert described["tags"] == [endpoint.tag]
        assert endpoint.tag in [tag["name"] for tag in document["tags"]]
        for error in endpoint.errors:
            answer = described["responses"][str(error.status)]
            (content,) = answer["content"].items()
            assert content[0] == "application/problem+json"
            assert error.code in content[1]["schema"]["allOf"][1]["properties"]["code"]["enum"]
        if endpoint.body is not None:
            assert described["requestBody"]["content"]["application/json"]["example"]
        assert {"401", "403", "500"} <= set(described["responses"]) or not endpoint.role


def test_what_a_docstring_says_of_attributes_stands_beside_them(document: dict[str, Any]) -> None:
    lapse = document["components"]["schemas"]["TimeLapse"]
    assert lapse["description"].startswith("Stills at an interval.")
    assert "Attributes" not in lapse["description"]
    assert lapse["properties"]["interval_s"]["description"] == "From one to the next."
    state = document["components"]["schemas"]["StorageState"]["description"]
    assert state.startswith("The disk")


async def test_the_page_for_people_lists_everything_with_a_line_for_curl(
    client: Client, every: tuple[Endpoint, ...]
) -> None:
    response = await client.get("/api/v1/")
    page = await response.get_data(as_text=True)
    assert response.content_type == "text/html; charset=utf-8"
    assert page.count("<pre>curl ") == len(every)
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"https?:", page)
    for endpoint in every:
        assert f"<code>{endpoint.method} /api/v1{escape(endpoint.path)}</code>" in page
