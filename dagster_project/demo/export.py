"""The six files that the shop's systems export at an instant, and the truth behind them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from dagster_project.demo.assortment import FIRST_DAY, WORLD_DAYS, Assortment, make_assortment
from dagster_project.demo.demand import Demand, make_demand
from dagster_project.demo.dirt import soil
from dagster_project.demo.mishaps import Mishaps, suffer
from dagster_project.demo.order_text import COLUMNS, as_text, day_as_text
from dagster_project.demo.orders import CANCEL, RETURN, cancel_lines, return_lines, sale_lines
from dagster_project.demo.plans import REGIONS, Plans, make_plans
from dagster_project.demo.truth import DemoTruth
from dagster_project.errors import UsageError

SEED = 20260701
AS_OF = dt.datetime.fromisoformat("2026-07-01T01:00:00")
# Plans reach this far beyond the export, so that every horizon up to it has its promotions and prices.
PLANNED_DAYS = 60


def write_demo(landing: Path, *, seed: int = SEED, as_of: dt.datetime = AS_OF) -> DemoTruth:
    """Write the six CSV files of one export into `landing`, and return what is true.

    `as_of` (UTC, no zone): rows that arrive later are not in the export. About 3 s; the same seed and instant give the
    same bytes.

    Raises:
        UsageError: the instant is outside the generated world.
    """
    last = (as_of.date() - FIRST_DAY).days - 1
    if not 400 <= last <= WORLD_DAYS - PLANNED_DAYS:
        raise UsageError(
            expected=f"as_of between {day_as_text(401)} and {day_as_text(WORLD_DAYS - PLANNED_DAYS + 1)}",
            found=str(as_of),
            do="Choose an instant in the generated world.",
        )
    random = np.random.default_rng(seed)
    assortment = make_assortment(random)
    plans = make_plans(assortment, random)
    demand = make_demand(assortment, plans, random)
    sales = sale_lines(assortment, plans, demand, random)
    cancels = cancel_lines(sales, random)
    returns = return_lines(sales, cancels, demand, random)
    spared = np.union1d(cancels["original"], returns["original"])
    mishaps = suffer(sales, spared, random)

    lines = pd.concat([mishaps.lines, cancels, returns])
    lines = lines[~np.r_[mishaps.is_lost, _lost_with_their_line(mishaps, cancels, returns)]]
    text = as_text(lines, mishaps.lines, assortment)
    dirt = {
        "late_row": text[_is_sale_of(lines, mishaps.is_late)],
        "cancellation": text[text["line_type"] == "cancel"],
        "return": text[text["line_type"] == "return"],
    }
    # Dirt is drawn for the whole world, so that two exports differ by what happened between them and by nothing else.
    text, added = soil(text, _ordinary(lines, mishaps, spared), random)
    exported = (as_of - dt.datetime.combine(FIRST_DAY, dt.time())).total_seconds()
    dirt = {kind: rows[rows["arrives"] <= exported] for kind, rows in {**dirt, **added}.items()}
    text, lines = text[text["arrives"] <= exported], lines[lines["arrives"] <= exported]

    tables = {"order_lines": text[list(COLUMNS)], **_dimensions(assortment, plans, demand, last)}
    landing.mkdir(parents=True, exist_ok=True)
    for entity, table in tables.items():
        _write(table, landing / f"{entity}.csv")
    return DemoTruth(
        seed,
        as_of,
        FIRST_DAY,
        FIRST_DAY + dt.timedelta(days=last),
        _series(assortment),
        _daily(assortment, demand, mishaps, lines, last),
        {kind: rows[list(COLUMNS)].reset_index(drop=True) for kind, rows in dirt.items()},
        {entity: len(table) for entity, table in tables.items()},
    )


def _lost_with_their_line(mishaps: Mishaps, cancels: pd.DataFrame, returns: pd.DataFrame) -> np.ndarray:
    """A cancellation or return is lost when it was posted in a lost feed, or names a line that was."""
    rows = pd.concat([cancels, returns])
    feeds = mishaps.lines.loc[mishaps.is_lost, ["store", "day"]].drop_duplicates().assign(lost=True)
    posted = rows[["store", "day"]].merge(feeds, how="left", on=["store", "day"])["lost"].eq(other=True).to_numpy()
    return np.asarray(posted | mishaps.is_lost[rows["original"]])


def _is_sale_of(lines: pd.DataFrame, chosen: np.ndarray) -> np.ndarray:
    """(lines,): whether the row is a sale line for which `chosen`, by its position among all sales, holds."""
    return np.asarray((lines["original"] < 0).to_numpy() & np.isin(lines.index, np.flatnonzero(chosen)))


def _ordinary(lines: pd.DataFrame, mishaps: Mishaps, spared: np.ndarray) -> np.ndarray:
    odd = mishaps.is_late | mishaps.is_outlier
    odd[spared] = True
    return np.flatnonzero(_is_sale_of(lines, ~odd))


def _daily(assortment: Assortment, demand: Demand, mishaps: Mishaps, lines: pd.DataFrame, last: int) -> pd.DataFrame:
    cancelled = set(lines.loc[lines["kind"] == CANCEL, "original"])
    counted = lines[(lines["kind"] == RETURN) | ((lines["original"] < 0) & ~lines.index.isin(cancelled))]
    y = np.zeros(demand.units.shape, dtype=np.int64)
    np.add.at(y, (counted["series"].to_numpy(), counted["day"].to_numpy()), counted["quantity"].to_numpy())
    outlier, gap = np.zeros_like(demand.active), np.zeros_like(demand.active)
    keyed = mishaps.lines[mishaps.is_outlier]
    outlier[keyed["series"].to_numpy(), keyed["day"].to_numpy()] = True
    lost = mishaps.lines.loc[mishaps.is_lost, ["store", "day"]].drop_duplicates()
    for store, day in lost.itertuples(index=False):
        gap[assortment.series["store"].to_numpy() == store, day] = True
    series, day = np.nonzero(demand.active[:, : last + 1])
    return pd.DataFrame(
        {
            "store_code": assortment.stores["store_code"].to_numpy()[assortment.series["store"]][series],
            "product_code": assortment.products["product_code"].to_numpy()[assortment.series["product"]][series],
            "ds": pd.Timestamp(FIRST_DAY) + pd.to_timedelta(day, unit="D"),
            "demand": demand.units[series, day],
            "y": y[series, day],
            "is_stockout": demand.is_stockout[series, day],
            "is_gap": gap[series, day],
            "is_outlier": outlier[series, day],
        }
    )


def _series(assortment: Assortment) -> pd.DataFrame:
    stores, products, series = assortment.stores, assortment.products, assortment.series
    chosen = products.iloc[series["product"]].reset_index(drop=True)
    return pd.DataFrame(
        {
            "store_code": stores["store_code"].to_numpy()[series["store"]],
            "product_code": chosen["product_code"],
            "region": stores["region"].to_numpy()[series["store"]],
            "category": chosen["category"],
            "department": chosen["department"],
            "first_day": [day_as_text(day) for day in series["first_day"]],
            "end_day": [day_as_text(day) for day in series["end_day"]],
        }
    )


def _dimensions(assortment: Assortment, plans: Plans, demand: Demand, last: int) -> dict[str, pd.DataFrame]:
    stores, products = assortment.stores, assortment.products
    codes = products["product_code"].to_numpy()
    promotions = plans.promotions[
        (plans.promotions["announced_day"] <= last) & (plans.promotions["start_day"] <= last + PLANNED_DAYS)
    ]
    prices = plans.prices[plans.prices["day"] <= last + PLANNED_DAYS]
    ended = products["discontinued_on_day"].to_numpy()
    return {
        "products": pd.DataFrame(
            {
                "product_code": codes,
                "product_name": products["product_name"],
                "category": products["category"],
                "department": products["department"],
                "launch_date": [day_as_text(day) for day in products["launched_on_day"]],
                "discontinued_date": [day_as_text(day) if day <= last + PLANNED_DAYS else "" for day in ended],
                "pack_size": products["pack_size"].astype(str),
                "unit_cost": [f"{cost:.2f}" for cost in products["unit_cost"]],
            }
        ),
        "stores": pd.DataFrame(
            {
                "store_code": stores["store_code"],
                "store_name": stores["store_name"],
                "region": stores["region"],
                "format": stores["format"],
                "opened_date": [day_as_text(day) for day in stores["opens_on_day"]],
            }
        ),
        "promotions": pd.DataFrame(
            {
                "promotion_id": [f"PR{number:05d}" for number in promotions.index],
                "product_code": codes[promotions["product"]],
                "region": np.array(REGIONS, dtype=object)[promotions["region"]],
                "start_date": [day_as_text(day) for day in promotions["start_day"]],
                "end_date": [day_as_text(day) for day in promotions["end_day"]],
                "discount_pct": [f"{100 * share:.0f}" for share in promotions["discount"]],
                "announced_at": [f"{day_as_text(day)} 09:00:00" for day in promotions["announced_day"]],
            }
        ),
        "prices": pd.DataFrame(
            {
                "product_code": codes[prices["product"]],
                "valid_from": [day_as_text(day) for day in prices["day"]],
                "list_price": [f"{price:.2f}" for price in prices["list_price"]],
            }
        ),
        "inventory": _inventory(assortment, demand, last),
    }


def _inventory(assortment: Assortment, demand: Demand, last: int) -> pd.DataFrame:
    """Counts on Mondays, and every evening that the shelf was empty."""
    day = np.arange(last + 1)
    counted = (day + FIRST_DAY.weekday()) % 7 == 0
    empty = demand.is_stockout[:, : last + 1]
    position, series = np.nonzero(((demand.active[:, : last + 1] & counted) | empty).T)
    weekly = demand.units[series, position] * 9 + 4
    on_hand = np.where(empty[series, position], 0, weekly)
    days = np.array([day_as_text(number) for number in range(last + 1)], dtype=object)
    return pd.DataFrame(
        {
            "snapshot_date": days[position],
            "store_code": assortment.stores["store_code"].to_numpy()[assortment.series["store"]][series],
            "product_code": assortment.products["product_code"].to_numpy()[assortment.series["product"]][series],
            "on_hand": on_hand.astype(str),
        }
    )


def _write(table: pd.DataFrame, path: Path) -> None:
    """One CSV file, UTF-8, fields quoted only where they need it, nothing for an empty value."""
    columns = [pa.array([text or None for text in table[name]], type=pa.string()) for name in table.columns]
    with duckdb.connect() as connection:
        connection.register("exported", pa.table(columns, names=list(table.columns)))
        connection.table("exported").write_csv(str(path), header=True)
