select
    run_id,
    unique_id,
    model,
    cutoff,
    reason,
    fallback_model
from {{ source('forecasting', 'series_failures') }}
