"""What is known about one request while it is answered; the log line is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request

if TYPE_CHECKING:
    from api.access import Caller
    from api.serving import Served


@dataclass(slots=True)
class RequestContext:
    """Filled by the gate and by endpoints.

    `answered` holds the series of every forecast in the answer with its row in the index, or None for an unknown one.
    """

    request_id: str
    caller: Caller
    code: str | None = None
    served: Served | None = None
    answered: list[tuple[str | None, int | None]] = field(default_factory=list)


def context_of(request: Request) -> RequestContext:
    """The context that the gate gave this request."""
    context: RequestContext = request.scope["forecast.context"]
    return context
