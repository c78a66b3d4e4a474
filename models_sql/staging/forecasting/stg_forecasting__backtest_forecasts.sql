select
    unique_id,
    cutoff,
    ds,
    model,
    h,
    y,
    yhat,
    forecast_source,
    run_id
from {{ source('forecasting', 'backtest_forecasts') }}
