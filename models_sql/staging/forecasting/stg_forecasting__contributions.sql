select
    unique_id,
    cutoff,
    ds,
    model,
    feature,
    contribution,
    run_id
from {{ source('forecasting', 'contributions') }}
