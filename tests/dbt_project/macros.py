"""Renders the project's macros without dbt, so that one expression can be tried on DuckDB alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
DEMO_VARS: dict[str, Any] = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]


class _Returned(Exception):  # noqa: N818 - a value on its way out of a macro, not an error
    def __init__(self, value: Any) -> None:
        self.value = value


def _return(value: Any) -> None:
    raise _Returned(value)


class _Adapter:
    @staticmethod
    def quote(identifier: str) -> str:
        return f'"{identifier}"'


def macro(name: str, variables: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The macro of this name, with the demo product's variables except where `variables` says otherwise."""
    return _environment(variables).globals[name]


def model(file: Path, variables: Mapping[str, Any] | None = None) -> str:
    """The SQL of a model; other models go by their names, sources by `raw_` and the name of the entity."""
    return _environment(variables).from_string(file.read_text()).render()


def _environment(variables: Mapping[str, Any] | None) -> jinja2.Environment:
    values = DEMO_VARS | dict(variables or {})
    # SQL, not HTML: escaping would change what dbt renders.
    environment = jinja2.Environment(
        extensions=["jinja2.ext.do"],
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701
    )
    environment.globals |= {
        "var": lambda key, default=None: values.get(key, default),
        "return": _return,
        "adapter": _Adapter(),
        "execute": False,
        "config": lambda **_: "",
        "ref": lambda model: model,
        "source": lambda _, entity: f"raw_{entity}",
    }

    def late_bound(file: Path) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return getattr(environment.from_string(file.read_text()).module, file.stem)(*args, **kwargs)
            except _Returned as returned:
                return returned.value

        return call

    macros = {
        file.stem: late_bound(file)
        for folder in (".", "calendar", "cleaning", "columns", "features", "hierarchy", "metrics")
        for file in sorted((DBT_PROJECT / "macros" / folder).glob("*.sql"))
    }
    environment.globals |= macros
    return environment
