select
    model_version,
    feature,
    gain,
    rank
from {{ source('forecasting', 'feature_importance') }}
