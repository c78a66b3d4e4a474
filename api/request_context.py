"""What is known about one request while it is answered; the log line is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

if TYPE_CHECKING:
    from api.access import Caller


@dataclass(slots=True)
class RequestContext:
    """Filled by the gate and by endpoints; `answered` holds one entry per forecast of the answer."""

    request_id: str
    caller: Caller
    code: str | None = None
    product: str | None = None
    snapshot_id: str | None = None
    answered: list[dict[str, Any]] = field(default_factory=list)


def context_of(request: Request) -> RequestContext:
    """The context that the gate gave this request."""
    context: RequestContext = request.scope["forecast.context"]
    return context
