select
    run_id,
    product,
    as_of,
    cutoff,
    config_hash,
    data_hash,
    code_version,
    generated_at
from {{ source('forecasting', 'runs') }}
