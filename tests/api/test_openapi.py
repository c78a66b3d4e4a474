"""The OpenAPI document describes what the API does: complete in itself, and held against generated requests."""

import asyncio
import contextlib
import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.main import create_app
from api.problems import KINDS, ProblemDetails
from api.settings import Settings


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]


def test_every_operation_is_named_described_and_tagged(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) >= 20
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        assert len(operation["tags"]) == 1, (path, method)
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])


def test_every_path_of_the_interface_is_there(document):
    promised = {
        "/health", "/ready", "/metrics", "/v1/forecast", "/v1/forecast:batch", "/v1/products", "/v1/series",
        "/v1/series/detail", "/v1/hierarchy", "/v1/history", "/v1/accuracy", "/v1/accuracy/exceptions", "/v1/forecast/compare",
        "/v1/models", "/v1/models/{version}", "/v1/monitoring/{table}", "/v1/snapshots", "/v1/export/{table}",
    }  # fmt: skip
    assert promised <= set(document["paths"])
    assert set(document["paths"]["/v1/forecast"]) == {"get", "post"}


def test_every_reference_leads_somewhere_and_every_problem_is_a_problem(document):
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith(("4", "5")) and operation["operationId"] != "readReady":
                assert "application/problem+json" in response["content"]
                assert response["description"].startswith("`")


def test_documented_examples_are_valid(document):
    for name, schema in document["components"]["schemas"].items():
        if name == "ProblemDetails":
            ProblemDetails.model_validate(schema["example"], strict=True)
    from api.schemas import Forecast

    Forecast.model_validate(document["components"]["schemas"]["Forecast"]["example"], strict=True)


def test_every_kind_of_problem_has_a_page(client):
    for code, kind in KINDS.items():
        page = client.get(f"/problems/{code}").json()
        assert (page["code"], page["status"], page["title"]) == (code, kind.status, kind.title)


CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)


def name_something_real(case):
    """Random names are all unknown; with real ones the generated rest is put to the test."""
    real = {"unique_id": "S1|P1", "table": "checks", "version": "lightgbm-0123456789ab", "root": "total"}
    for given_values in (case.query, case.path_parameters):
        for name in set(real) & set(given_values or {}):
            given_values[name] = real[name]
    if case.query:
        for name in ("product", "cursor", "from", "to", "quantiles", "cutoff_a", "cutoff_b", "model"):
            case.query.pop(name, None)
    if case.path == "/v1/export/{table}":
        case.path_parameters["table"] = "forecast_latest"
    if isinstance(case.body, dict) and "h" in case.body:
        case.body["h"] = 7
        case.body.pop("product", None)
        if case.path == "/v1/forecast":
            case.body = {"unique_id": real["unique_id"], "h": 7}
        else:
            case.body = {"unique_ids": [real["unique_id"], *(case.body.get("unique_ids") or [])]}


# Schemathesis' pytest plugin does not know this pytest; its strategies do without.
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as documented", "against it"]
)
def test_generated_requests_never_break_it(published_once, mode):
    app = create_app(Settings(home=published_once, log_requests=False, prediction_log=False))
    asyncio.run(app.state.parts.serving.refresh())
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def holds(case):
            if mode is GenerationMode.POSITIVE:
                name_something_real(case)
            tried.append(case.call_and_validate(checks=CHECKS).status_code)

        with contextlib.suppress(Unsatisfiable):
            holds()
    assert len(tried) > 100
    if mode is GenerationMode.POSITIVE:
        assert tried.count(200) > 80
    else:
        # Operations without parameters have no request against them, and of the others most are refused as malformed.
        # A few are answered: an empty list as a value, `product=[]`, leaves nothing in the URL that would be wrong. So
        # a 200 among them comes by chance; that all of it broke nothing is seen by a good request afterwards.
        assert {status // 100 for status in tried} <= {2, 4}
        assert tried.count(422) > 100
    assert schema["/v1/forecast"]["GET"].Case(query={"unique_id": "S1|P1"}).call().status_code == 200
