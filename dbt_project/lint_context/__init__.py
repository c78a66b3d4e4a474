"""What dbt gives a template, for SQLFluff's jinja templater: the values of the demo product, and nothing to execute.

SQLFluff loads this folder by itself (`library_path` in .sqlfluff), so that models and macros are linted without a
warehouse and without compiling.
"""

from pathlib import Path
from typing import Any

import yaml

_VARS: dict[str, Any] = yaml.safe_load((Path(__file__).parent.parent / "dbt_project.yml").read_text())["vars"]

execute = False


def var(name: str, default: Any = None) -> Any:
    """The demo product's value, as `dbt build` without --vars would use it."""
    return _VARS.get(name, default)


def env_var(name: str, default: str = "") -> str:
    """The default: linting must not depend on where it runs."""
    return default


class adapter:  # noqa: N801 - templates write adapter.quote(...)
    """The part of dbt's adapter object that templates use."""

    @staticmethod
    def quote(identifier: str) -> str:
        """The identifier in double quotes, as dbt's DuckDB adapter renders it."""
        return f'"{identifier}"'


class exceptions:  # noqa: N801 - templates write exceptions.raise_compiler_error(...)
    """The part of dbt's exceptions object that templates use."""

    @staticmethod
    def raise_compiler_error(message: str) -> None:
        """Stop linting with the message of the template."""
        raise ValueError(message)
