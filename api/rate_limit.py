"""How often one caller may ask: a sliding window per key, or per address while no keys are configured."""

from __future__ import annotations

import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.problems import Problem

Headers = tuple[tuple[bytes, bytes], ...]


class RateLimit:
    """The limit of one process, such as `600/minute`; the sliding counter costs the same however high the limit is.

    Raises:
        ValueError: the limit is not written like `600/minute`.
    """

    def __init__(self, limit: str) -> None:
        self._item = parse(limit)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, caller: str) -> Headers:
        """Count one request; the headers say how many are left.

        Raises:
            Problem: the limit is reached.
        """
        allowed = self._limiter.hit(self._item, caller)
        window = self._limiter.get_window_stats(self._item, caller)
        seconds = self._item.get_expiry()
        wait = max(1, int(window.reset_time - time.time()) + 1)
        headers = {
            "RateLimit-Policy": f'"default";q={self._item.amount};w={seconds}',
            "RateLimit": f'"default";r={max(window.remaining, 0)};t={wait}',
        }
        if not allowed:
            raise Problem(
                "RATE_LIMITED",
                f"At most {self._item.amount} requests per {seconds} s. Wait {wait} s, or ask for a batch.",
                headers={"Retry-After": str(wait), **headers},
            )
        return tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
