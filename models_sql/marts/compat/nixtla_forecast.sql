select
    unique_id,
    ds,
    yhat as served,
    yhat_lower as "served-lo-80",
    yhat_upper as "served-hi-80"
from {{ ref('forecast_latest') }}
where level = 'bottom'
