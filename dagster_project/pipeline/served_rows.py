"""Beginnings of queries: what a run serves, and what it would have served at each scored window."""

SERVED = """
    with served_levels as (
        select forecasts.*, series.level
        from forecasting.forecasts
        inner join forecasting.model_choices using (unique_id, cutoff, model, run_id)
        inner join marts.dim_series as series using (unique_id)
        where forecasts.run_id = $run_id
    ),
    served as (
        select * from served_levels where level = 'bottom'
    )
"""

# What would have been served at each scored window: the choice that was possible there, from windows over by then.
# Today's choice was made on these windows; scored on them, it could hardly lose.
SERVED_THEN = """
    with served_then as (
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
    )
"""
