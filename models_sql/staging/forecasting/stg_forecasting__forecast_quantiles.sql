select
    unique_id,
    cutoff,
    ds,
    model,
    quantile_level,
    yhat,
    run_id
from {{ source('forecasting', 'forecast_quantiles') }}
