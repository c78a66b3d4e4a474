"""Names of a user's columns as names of ours: small letters, digits and underscores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from dagster_project.product_settings import RESERVED


def identifier(text: str, fallback: str = "column") -> str:
    """A name that YAML, SQL and JSON take without quotes.

    >>> identifier("Größe (m²)"), identifier("2nd price"), identifier("日本")
    ('grosse_m2', 'x2nd_price', 'column')
    """
    # Words run together in capitals stay apart: SchoolHoliday -> school_holiday.
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.replace("ß", "ss"))
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not name:
        return fallback
    return name if name[0].isalpha() else f"x{name}"


def distinct_identifiers(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Name by text, each different and none of ours: `unit` becomes `unit_value`, a second `a` becomes `a_2`.

    >>> distinct_identifiers(["Unit", "a", "A"])
    {'Unit': 'unit_value', 'a': 'a', 'A': 'a_2'}
    """
    used, names = set(taken), {}
    for text in texts:
        name = identifier(text)
        name = f"{name}_value" if name in RESERVED else name
        number, candidate = 2, name
        while candidate in used:
            candidate, number = f"{name}_{number}", number + 1
        used.add(candidate)
        names[text] = candidate
    return names
