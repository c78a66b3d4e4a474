select
    decision_id,
    product,
    model_version,
    from_stage,
    to_stage,
    decided_by,
    reason,
    decided_at
from {{ ref('stg_forecasting__promotions') }}
