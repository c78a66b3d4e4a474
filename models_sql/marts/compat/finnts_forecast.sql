with

series as (

    select *
    from {{ ref('dim_series') }}

),

future as (

    select
        forecasts.unique_id,
        forecasts.ds,
        forecasts.h,
        forecasts.model,
        forecasts.is_served,
        1 as train_test_id,
        'Future_Forecast' as run_type,
        cast(null as double) as target,
        forecasts.yhat,
        max(case when round(quantiles.quantile_level, 6) = 0.025 then quantiles.yhat end) as lo_95,
        max(case when round(quantiles.quantile_level, 6) = 0.1 then quantiles.yhat end) as lo_80,
        max(case when round(quantiles.quantile_level, 6) = 0.9 then quantiles.yhat end) as hi_80,
        max(case when round(quantiles.quantile_level, 6) = 0.975 then quantiles.yhat end) as hi_95
    from {{ ref('fct_forecasts') }} as forecasts
    left join {{ ref('fct_forecast_quantiles') }} as quantiles
        on
            forecasts.unique_id = quantiles.unique_id
            and forecasts.cutoff = quantiles.cutoff
            and forecasts.ds = quantiles.ds
            and forecasts.model = quantiles.model
    where
        forecasts.level = 'bottom'
        and forecasts.cutoff = (select max(every_cutoff.cutoff) from {{ ref('fct_forecasts') }} as every_cutoff)
    group by
        forecasts.unique_id, forecasts.ds, forecasts.h, forecasts.model, forecasts.is_served, forecasts.yhat

),

best_models as (

    select
        future.unique_id,
        future.model
    from future
    where future.is_served
    group by future.unique_id, future.model

),

-- Numbered before the join: a window over all forecasts would sort tens of millions of rows for five numbers.
numbered_cutoffs as (

    select
        forecasts.cutoff,
        1 + row_number() over (order by forecasts.cutoff desc) as train_test_id
    from {{ ref('fct_backtest_forecasts') }} as forecasts
    where forecasts.level = 'bottom'
    group by forecasts.cutoff

),

past as (

    select
        forecasts.unique_id,
        forecasts.ds,
        forecasts.h,
        forecasts.model,
        best_models.model is not null as is_served,
        numbered_cutoffs.train_test_id,
        case when forecasts.role = 'backtest' then 'Back_Test' else 'Validation' end as run_type,
        forecasts.y as target,
        forecasts.yhat,
        cast(null as double) as lo_95,
        cast(null as double) as lo_80,
        cast(null as double) as hi_80,
        cast(null as double) as hi_95
    from {{ ref('fct_backtest_forecasts') }} as forecasts
    inner join numbered_cutoffs on forecasts.cutoff = numbered_cutoffs.cutoff
    left join best_models
        on
            forecasts.unique_id = best_models.unique_id
            and forecasts.model = best_models.model
    where forecasts.level = 'bottom'

),

every_forecast as (

    select * from future
    union all
    select * from past

)

select
    every_forecast.unique_id as combo,
    {{ business_keys('series') }}
    every_forecast.model as model_id,
    every_forecast.model as model_name,
    case
        when every_forecast.model = 'lightgbm' then 'global'
        when every_forecast.model = 'ensemble' then 'ensemble'
        else 'local'
    end as model_type,
    'R1' as recipe_id,
    every_forecast.run_type,
    cast(every_forecast.train_test_id as integer) as train_test_id,
    case when every_forecast.is_served then 'Yes' else 'No' end as best_model,
    every_forecast.h as horizon,
    every_forecast.ds as date,
    every_forecast.target,
    every_forecast.yhat as forecast,
    every_forecast.lo_95,
    every_forecast.lo_80,
    every_forecast.hi_80,
    every_forecast.hi_95
from every_forecast
inner join series on every_forecast.unique_id = series.unique_id
