select
    unique_id as series,
    cast(ds as timestamp) as ts,
    yhat as forecast,
    yhat_lower as lower_bound,
    yhat_upper as upper_bound
from {{ ref('forecast_latest') }}
where level = 'bottom'
