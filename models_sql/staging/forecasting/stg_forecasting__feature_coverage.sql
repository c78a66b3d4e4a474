select
    run_id,
    feature,
    n_rows,
    n_known,
    min_coverage,
    is_covered
from {{ source('forecasting', 'feature_coverage') }}
