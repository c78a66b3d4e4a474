with

forecasts as (

    select *
    from {{ ref('forecast_latest') }}
    where level = 'bottom'

)

select
    {{ business_keys('forecasts') }}
    cast(forecasts.ds as timestamp) as forecast_timestamp,
    forecasts.yhat as forecast_value,
    -- Half the width of an 80 % interval of a normal distribution is 1.2816 standard errors.
    (forecasts.yhat_upper - forecasts.yhat_lower) / (2 * 1.2815515655446004) as standard_error,
    cast(0.8 as double) as confidence_level,
    forecasts.yhat_lower as prediction_interval_lower_bound,
    forecasts.yhat_upper as prediction_interval_upper_bound,
    forecasts.yhat_lower as confidence_interval_lower_bound,
    forecasts.yhat_upper as confidence_interval_upper_bound
from forecasts
