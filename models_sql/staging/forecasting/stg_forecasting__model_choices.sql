select
    unique_id,
    cutoff,
    model,
    reason,
    run_id
from {{ source('forecasting', 'model_choices') }}
