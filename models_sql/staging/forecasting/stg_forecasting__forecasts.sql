select
    unique_id,
    cutoff,
    ds,
    model,
    yhat,
    forecast_source,
    model_version,
    run_id,
    generated_at
from {{ source('forecasting', 'forecasts') }}
