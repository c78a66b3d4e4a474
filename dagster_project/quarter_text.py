"""Quarters as people write them: 2024Q2, 2024-Q2, 2024/Q2, Q2 2024, Q2/2024, Q2-2024."""

from __future__ import annotations

_YEAR_FIRST = r"^(\d{4})[-/ ]?[Qq]([1-4])$"
_QUARTER_FIRST = r"^[Qq]([1-4])[-/ ]?(\d{4})$"


def quarter_start_sql(text: str) -> str:
    """SQL from a text expression to the first moment of the quarter that it names; NULL for any other text.

    The macro `quarter_start` says the same in dbt; a test compares the two.
    """
    year_first = rf"regexp_replace({text}, '{_QUARTER_FIRST}', '\2Q\1')"
    year, quarter = (f"regexp_extract({year_first}, '{_YEAR_FIRST}', {group})" for group in (1, 2))
    return f"try_strptime({year} || '-' || (try_cast({quarter} as integer) * 3 - 2), '%Y-%m')"
