"""How numbers are written as text: which mark sets decimals apart, and which one groups thousands."""

from __future__ import annotations

from typing import Literal

NumberFormat = Literal["1234.5", "1234,5", "1,234.5", "1.234,5", "1 234,5", "1'234.5"]
PLAIN: NumberFormat = "1234.5"
# Words for "no value" in columns of numbers; NaN is not among them, because it is also the result of a wrong formula.
MISSING_WORDS = ("", "n/a", "na", "-", "null")

# Decimal mark and, as a character class of regular expressions, the marks between thousands.
_MARKS: dict[NumberFormat, tuple[str, str]] = {
    "1,234.5": (".", ","),
    "1.234,5": (",", "[.]"),
    "1 234,5": (",", r"[ \x{00a0}\x{202f}]"),
    # Swiss; the straight mark by its number, which needs no quotes within quotes.
    "1'234.5": (".", r"[\x{0027}\x{2019}]"),
}


def number_sql(text: str, number_format: NumberFormat = PLAIN) -> str:
    """SQL from a text expression to a double; NULL for what is no number in this format.

    The macro `tidy_number` says the same in dbt; a test compares the two.
    """
    if number_format == PLAIN:
        return f"try_cast({text} as double)"
    if number_format == "1234,5":
        return f"case when {text} not like '%.%' then try_cast(replace({text}, ',', '.') as double) end"
    decimal, thousands = _MARKS[number_format]
    # 1.5 is no number here: read as 15 it would be wrong by a factor of ten.
    grouped = rf"^\s*[+-]?([1-9]\d{{0,2}}({thousands}\d{{3}})+|\d+)([{decimal}]\d*)?\s*$"
    digits = f"replace(regexp_replace({text}, '{thousands}', '', 'g'), '{decimal}', '.')"
    return f"case when regexp_matches({text}, '{grouped}') then try_cast({digits} as double) end"


def is_filled_sql(text: str) -> str:
    """SQL: the text is a value, not a word for a missing one."""
    return f"lower(trim({text})) not in ({', '.join(repr(word) for word in MISSING_WORDS)})"
