select
    run_id,
    check_name,
    subject,
    layer,
    severity,
    passed,
    observed,
    threshold,
    detail,
    checked_at
from {{ source('forecasting', 'check_results') }}
