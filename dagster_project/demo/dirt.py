"""Rows that no business wrote: what extracts, interfaces and typing hands add to an export."""

from __future__ import annotations

import numpy as np
import pandas as pd

IMPOSSIBLE_DATES = ("2025-02-30 10:15:00", "1900-01-01 00:00:00", "9999-12-31 00:00:00", "2024-13-05 09:00:00", "00:00")
BAD_NUMBERS = ("NaN", "inf", "1e400", "twelve", "1,5", "-inf", "3 pcs")
BAD_PRICES = ("NaN", "n/a", "-4.99", "0")
UNKNOWN_STORES = ("S99", "S00")
UNKNOWN_PRODUCTS = ("99999", "00000")


def soil(
    text: pd.DataFrame, sales: np.ndarray, random: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The export with dirt in it, and per kind the rows that are dirt.

    `sales`: positions of ordinary sale lines, the only ones that dirt is made from. `repeated_key` are rows whose key
    returns later with the right quantity; `padded_code` are good rows whose codes have blanks around them.
    """
    chosen = iter(random.permutation(sales))

    def take(count: int) -> pd.DataFrame:
        return text.iloc[np.sort([next(chosen) for _ in range(count)])].copy()

    def invented(count: int, mark: str) -> pd.DataFrame:
        rows = take(count)
        rows["order_id"] = [f"{mark}{number:05d}" for number in range(count)]
        rows["line_id"] = "1"
        return rows

    dirt = {"exact_duplicate": take(420)}
    repeated = take(130)
    repeated["quantity"] = [str(int(quantity) + 1 + number % 5) for number, quantity in enumerate(repeated["quantity"])]
    repeated["arrives"] -= 1  # stands before the right row
    dirt["repeated_key"] = repeated
    dirt["impossible_date"] = invented(30, "D").assign(order_ts=_cycled(IMPOSSIBLE_DATES, 30))
    dirt["bad_number"] = invented(35, "N").assign(quantity=_cycled(BAD_NUMBERS, 35))
    dirt["bad_price"] = invented(16, "P").assign(unit_price=_cycled(BAD_PRICES, 16))
    dirt["unknown_store"] = invented(40, "U").assign(store_code=_cycled(UNKNOWN_STORES, 40))
    dirt["unknown_product"] = invented(40, "V").assign(product_code=_cycled(UNKNOWN_PRODUCTS, 40))
    dirt["missing_key"] = invented(12, "K").assign(product_code="")

    padded = np.sort([next(chosen) for _ in range(60)])
    codes = {name: text[name].to_numpy(dtype=object, copy=True) for name in ("store_code", "product_code")}
    codes["store_code"][padded[:30]] += " "
    codes["product_code"][padded[30:]] += "  "
    text = text.assign(**codes)
    soiled = pd.concat([text, *dirt.values()], ignore_index=True)
    dirt["padded_code"] = text.iloc[padded]
    # The file is in order of arrival; a copy stands after its original.
    return soiled.sort_values("arrives", kind="stable", ignore_index=True), dirt


def _cycled(values: tuple[str, ...], count: int) -> list[str]:
    return [values[number % len(values)] for number in range(count)]
