"""Places where a test may kill the process, to prove that the last snapshot is served and a rerun finishes.

`FORECAST_FAULT=publish:after_copy` sends SIGKILL at that point: nothing is flushed, no `finally` runs.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "FORECAST_FAULT"


def failpoint(step: str, point: str) -> None:
    """Die here if the environment names this point; otherwise do nothing."""
    if os.environ.get(VARIABLE) == f"{step}:{point}":
        os.kill(os.getpid(), signal.SIGKILL)
