"""What a run serves, and what it would have served at each scored window: relations that several checks look at.

Each is made once per connection, as a temporary table, when the first query names it.
"""

from __future__ import annotations

import re

import duckdb

from dagster_project.sql_text import literal

SERVED = {
    "served_levels": """
        select forecasts.*, series.level
        from forecasting.forecasts
        inner join forecasting.model_choices using (unique_id, cutoff, model, run_id)
        inner join marts.dim_series as series using (unique_id)
        where forecasts.run_id = $run_id
    """,
    "served": """
        select * from served_levels where level = 'bottom'
    """,
    # What would have been served at each scored window: the choice that was possible there, from windows over by then.
    # Today's choice was made on these windows; scored on them, it could hardly lose.
    "served_then": """
        select
            backtest.unique_id,
            backtest.cutoff,
            backtest.ds,
            backtest.model,
            backtest.y,
            backtest.yhat
        from forecasting.backtest_forecasts as backtest
        inner join forecasting.model_choices as choices
            on
                backtest.run_id = choices.run_id
                and backtest.unique_id = choices.unique_id
                and backtest.cutoff = choices.cutoff
                and backtest.model = choices.model
        inner join features.feature_cutoffs as windows
            on backtest.cutoff = windows.cutoff and windows.role = 'backtest'
        inner join marts.dim_series as series
            on backtest.unique_id = series.unique_id and series.level = 'bottom'
        where backtest.run_id = $run_id and backtest.y is not null
    """,
    # Whether the 80 % interval of what would have been served held, per forecast. Only the two bounds of what was
    # served are looked at: of 78 million quantiles that is one in fifteen.
    "covered": """
        select
            served_then.unique_id,
            served_then.cutoff,
            (
                any_value(served_then.y) between
                max(quantiles.yhat) filter (where round(quantiles.quantile_level, 6) = 0.1)
                and max(quantiles.yhat) filter (where round(quantiles.quantile_level, 6) = 0.9)
            )::int as is_inside
        from served_then
        inner join forecasting.backtest_quantiles as quantiles using (unique_id, cutoff, ds, model)
        where quantiles.run_id = $run_id and round(quantiles.quantile_level, 6) in (0.1, 0.9)
        group by served_then.unique_id, served_then.cutoff, served_then.ds, served_then.model
    """,
}


def make_served(connection: duckdb.DuckDBPyConnection, query: str, run_id: str) -> None:
    """Make the relations of `SERVED` that a query names, and those that they name, where they are not made yet."""
    made = {name for (name,) in connection.execute("select table_name from duckdb_tables() where temporary").fetchall()}
    needed = _named(query) - made
    for name, text in SERVED.items():
        if name in needed:
            connection.execute(f"create temporary table {name} as {text.replace('$run_id', literal(run_id))}")


def _named(text: str) -> set[str]:
    named = {name for name in SERVED if re.search(rf"\b{name}\b", text)}
    for name in list(named):
        named |= _named(SERVED[name])
    return named
