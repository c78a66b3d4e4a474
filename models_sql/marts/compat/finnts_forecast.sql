with

series as (

    select *
    from {{ ref('dim_series') }}

),

last_cutoff as (

    select max(cutoff) as cutoff
    from {{ ref('fct_forecasts') }}

),

-- One row per forecast before they meet: there are nine times as many quantiles.
bounds as (

    select
        quantiles.unique_id,
        quantiles.ds,
        quantiles.model,
        max(quantiles.yhat) filter (where cast(quantiles.quantile_level * 1000000 as integer) = 25000) as lo_95,
        max(quantiles.yhat) filter (where cast(quantiles.quantile_level * 1000000 as integer) = 100000) as lo_80,
        max(quantiles.yhat) filter (where cast(quantiles.quantile_level * 1000000 as integer) = 900000) as hi_80,
        max(quantiles.yhat) filter (where cast(quantiles.quantile_level * 1000000 as integer) = 975000) as hi_95
    from {{ ref('fct_forecast_quantiles') }} as quantiles
    inner join last_cutoff on quantiles.cutoff = last_cutoff.cutoff
    group by quantiles.unique_id, quantiles.ds, quantiles.model

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
        bounds.lo_95,
        bounds.lo_80,
        bounds.hi_80,
        bounds.hi_95
    from {{ ref('fct_forecasts') }} as forecasts
    inner join last_cutoff on forecasts.cutoff = last_cutoff.cutoff
    left join bounds
        on
            forecasts.unique_id = bounds.unique_id
            and forecasts.ds = bounds.ds
            and forecasts.model = bounds.model
    where forecasts.level = 'bottom'

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
