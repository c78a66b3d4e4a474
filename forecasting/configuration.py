"""A backtest as a text that brings it back: the whole task and the cutoffs, as JSON.

Stored beside the forecasts, so that any published accuracy can be computed again from the data it was computed on.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from forecasting.errors import ConfigurationError
from forecasting.task import FeatureColumn, ForecastTask, LightGBMSettings


def configuration_text(task: ForecastTask, cutoffs: Sequence[datetime]) -> str:
    """Everything that `run_backtest` is told beside the data; the same task gives the same text."""
    return json.dumps({"task": asdict(task), "cutoffs": [cutoff.isoformat() for cutoff in cutoffs]}, sort_keys=True)


def read_configuration(text: str) -> tuple[ForecastTask, list[datetime]]:
    """The task and cutoffs of a stored text.

    Raises:
        ConfigurationError: no configuration, or one with settings that this version does not know.
    """
    try:
        stored = json.loads(text)
        task = dict(stored["task"])
        cutoffs = [datetime.fromisoformat(cutoff) for cutoff in stored["cutoffs"]]
        task["lightgbm"] = LightGBMSettings(**_known(LightGBMSettings, task["lightgbm"]))
        task["features"] = tuple(FeatureColumn(**column) for column in task["features"])
        return ForecastTask(**_known(ForecastTask, task)), cutoffs
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"expected the configuration of a backtest, as configuration_text() writes it; found {text[:80]!r} "
            f"({error}). Run it with the version of the code that stored it."
        ) from error


def _known(cls: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with lists as the tuples they were; one that the class does not have is refused."""
    unknown = sorted(set(settings) - {field.name for field in fields(cls)})
    if unknown:
        raise ValueError(f"unknown settings {unknown}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
