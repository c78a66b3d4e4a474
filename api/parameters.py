"""Reading query parameters and bodies strictly: no coercion, nothing unknown, nothing twice."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.problems import Problem, malformed

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
DAY_OR_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z?)?")
EXPECTED_MOMENT = "expected a date YYYY-MM-DD or a UTC time YYYY-MM-DDTHH:MM:SSZ"
LEVEL = re.compile(r"0\.\d{1,3}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MAX_TEXT = 512

Body = TypeVar("Body", bound=BaseModel)


def readable(value: str) -> str:
    """A text without control characters, in Unicode's composed form, as the warehouse keeps its identifiers."""
    if len(value) > MAX_TEXT:
        raise ValueError(f"at most {MAX_TEXT} characters")
    if CONTROL.search(value):
        raise ValueError("no control characters")
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not WHOLE_NUMBER.fullmatch(value):
            raise ValueError("expected a whole number in digits")
        return int(value)
    return value


def _text(value: object) -> object:
    return readable(value) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), BeforeValidator(_text)]
Whole = Annotated[int, BeforeValidator(_whole)]


def _moment(value: object) -> object:
    if isinstance(value, str):
        if not DAY_OR_TIME.fullmatch(value):
            raise ValueError(EXPECTED_MOMENT)
        datetime.fromisoformat(value.removesuffix("Z"))
        return value.removesuffix("Z")
    return value


Moment = Annotated[str, BeforeValidator(_moment)]


class StrictQuery(BaseModel):
    """Base of query parameters: an unknown one is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StrictBody(BaseModel):
    """Base of JSON bodies: exact types, unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


async def no_repetition(request: Request) -> None:
    """A dependency that refuses a parameter given twice: which of the two counts would be a guess.

    Raises:
        Problem: it names the parameter.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    if len(names) != len(set(names)):
        raise malformed([(next(name for name in names if names.count(name) > 1)[:64], "given more than once")])


def single_values(request: Request, allowed: Collection[str]) -> dict[str, str]:
    """The query parameters, each of them allowed and given once.

    Raises:
        Problem: one is unknown, repeated, or holds control characters.
    """
    found: dict[str, str] = {}
    errors: list[tuple[str, str]] = []
    for name, value in request.query_params.multi_items():
        shown = name[:64]
        if name not in allowed:
            errors.append((shown, f"unknown parameter; known are {', '.join(sorted(allowed))}"))
        elif name in found:
            errors.append((shown, "given more than once"))
        else:
            try:
                found[name] = readable(value)
            except ValueError as error:
                errors.append((shown, str(error)))
        if len(errors) >= 10:
            break
    if errors:
        raise malformed(errors)
    return found


def whole_number(values: Mapping[str, str], name: str, *, low: int = 1) -> int | None:
    """A whole number out of the query parameters, at least `low`."""
    value = values.get(name)
    if value is None:
        return None
    if not WHOLE_NUMBER.fullmatch(value) or int(value) < low:
        raise malformed([(name, f"expected a whole number of at least {low}, in digits")])
    return int(value)


def moment(values: Mapping[str, str], name: str) -> str | None:
    """A date or UTC time out of the query parameters, as text that sorts like `ds`."""
    value = values.get(name)
    if value is None:
        return None
    try:
        return str(_moment(value))
    except ValueError:
        raise malformed([(name, EXPECTED_MOMENT)]) from None


async def strict_body(request: Request, model: type[Body]) -> Body:
    """The JSON body as a model.

    Raises:
        Problem: not JSON, not UTF-8, a repeated or unknown field, or another type than expected.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "Send the body as Content-Type: application/json.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "Send the body uncompressed.")
    raw = await request.body()
    try:
        # orjson refuses NaN, infinities, bad UTF-8 and deep nesting; pydantic's own reader accepts the first two.
        orjson.loads(raw)
        json.loads(raw, object_pairs_hook=_without_repetition)
    except _Repeated as repeated:
        raise malformed([(str(repeated), "given more than once")]) from None
    except (ValueError, RecursionError) as error:
        raise Problem("BAD_JSON", f"The body is not JSON: {str(error)[:200]}") from None
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise malformed(field_errors(error.errors(include_input=False, include_url=False))) from None


def field_errors(errors: Collection[Any]) -> list[tuple[str, str]]:
    """Pydantic's errors as (field, what is expected), without what was sent."""
    listed = []
    for error in list(errors)[:10]:
        place = [str(part)[:64] for part in error["loc"] if part not in {"query", "body", "path"}]
        expected = "unknown; GET /docs lists what is known" if error["type"] == "extra_forbidden" else str(error["msg"])
        listed.append((".".join(place) or "body", expected))
    return listed


class _Repeated(Exception):  # noqa: N818 - a signal between two functions
    pass


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1)[:64])
    return fields
