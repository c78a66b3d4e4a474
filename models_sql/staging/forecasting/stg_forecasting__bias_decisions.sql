select
    run_id,
    segment,
    cutoff,
    is_enabled,
    is_applied,
    kind,
    amount,
    n_windows,
    mean_bias,
    bias_before,
    bias_after,
    reason
from {{ source('forecasting', 'bias_decisions') }}
