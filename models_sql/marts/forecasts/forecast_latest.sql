with

live_cutoff as (

    select cutoff
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

forecasts as (

    select forecasts.*
    from {{ ref('fct_forecasts') }} as forecasts
    inner join live_cutoff on forecasts.cutoff = live_cutoff.cutoff
    where forecasts.is_served

),

quantiles as (

    select
        quantiles.unique_id,
        quantiles.ds,
        quantiles.model,
        max(case when round(quantiles.quantile_level, 6) = 0.1 then quantiles.yhat end) as q10,
        max(case when round(quantiles.quantile_level, 6) = 0.5 then quantiles.yhat end) as q50,
        max(case when round(quantiles.quantile_level, 6) = 0.9 then quantiles.yhat end) as q90
    from {{ ref('fct_forecast_quantiles') }} as quantiles
    where quantiles.cutoff = (select max(forecasts.cutoff) from forecasts)
    group by quantiles.unique_id, quantiles.ds, quantiles.model

),

series as (

    select *
    from {{ ref('dim_series') }}

),

adjustments as (

    select
        unique_id,
        ds,
        yhat_adjusted
    from {{ ref('fct_forecast_adjustments') }}
    where status = 'applied'

),

last_observation as (

    select max(ds) as last_ds
    from {{ ref('fct_observations') }}
    where y is not null and not is_imputed

)

select
    forecasts.unique_id,
    forecasts.ds,
    forecasts.h,
    series.level,
    {%- for slot in var('key_slots') + var('attribute_slots') %}
    series.{{ adapter.quote(slot) }},
    {%- endfor %}
    forecasts.yhat,
    coalesce(adjustments.yhat_adjusted, forecasts.yhat) as yhat_adjusted,
    quantiles.q10 as yhat_lower,
    quantiles.q90 as yhat_upper,
    quantiles.q10,
    quantiles.q50,
    quantiles.q90,
    series.unit,
    forecasts.model,
    forecasts.model_version,
    forecasts.stage,
    forecasts.forecast_source,
    forecasts.cutoff,
    forecasts.generated_at,
    forecasts.run_id,
    forecasts.cutoff < last_observation.last_ds as is_stale
from forecasts
inner join series on forecasts.unique_id = series.unique_id
cross join last_observation
left join quantiles
    on
        forecasts.unique_id = quantiles.unique_id
        and forecasts.ds = quantiles.ds
        and forecasts.model = quantiles.model
left join adjustments
    on
        forecasts.unique_id = adjustments.unique_id
        and forecasts.ds = adjustments.ds
