"""The API answers as its description says, whatever it is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.cheaper import examples

PROBLEM = "application/problem+json"


@pytest.fixture
def described(app, acme):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATIENT = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    max_examples=examples(20),
)
OPERATIONS = [
    "POST /api/v1/requests",
    "GET /api/v1/cases/{reference}",
    "POST /api/v1/webhooks/carrier",
    "POST /api/v1/webhooks/bounce",
]
WAYS = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.mark.parametrize("mode", WAYS, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_as_described(described, sign, monkeypatch, operation, mode):
    """Signatures are left to the tests of the webhooks: here the bodies count."""
    monkeypatch.setattr("staff_app.api.signatures.is_signed", lambda *_: True)
    method, path = operation.split()

    @PATIENT
    @given(described[path][method].as_strategy(generation_mode=mode))
    def try_it(case):
        case.call_and_validate(checks=CHECKED, headers={"Authorization": "Bearer api-token"})

    try_it()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_without_a_secret(described, operation):
    method, path = operation.split()

    @settings(PATIENT, max_examples=examples(3))
    @given(described[path][method].as_strategy())
    def try_it(case):
        case.headers = {}
        assert case.call().status_code == 401

    try_it()


def test_every_operation_says_who_may_call(client):
    said = client.get("/api/v1/openapi.json").json
    operations = {
        f"{method} {path}": operation
        for path, methods in said["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {
        "post /api/v1/requests",
        "get /api/v1/cases/{reference}",
        "post /api/v1/webhooks/carrier",
        "post /api/v1/webhooks/bounce",
    }
    for name, operation in operations.items():
        assert operation["security"], name
        assert {"401", "503"} <= set(operation["responses"]), name
        for status, answer in operation["responses"].items():
            assert status < "400" or list(answer["content"]) == [PROBLEM], (name, status)
