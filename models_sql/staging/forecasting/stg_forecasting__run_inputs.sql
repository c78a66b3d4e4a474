select
    run_id,
    stage,
    version,
    name,
    delivered_at,
    n_rows,
    digest
from {{ source('forecasting', 'run_inputs') }}
