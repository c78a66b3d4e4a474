select
    run_id,
    step,
    wall_s,
    cpu_s,
    peak_rss_mb,
    rows_out
from {{ source('forecasting', 'run_cost') }}
