select
    run_id,
    feature,
    n_rows,
    n_known
from {{ source('forecasting', 'feature_coverage') }}
