-- The items of every explained forecast add up to it, within a millionth of its size.

with

explained as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        sum(contribution) as total
    from {{ ref('fct_forecast_contributions') }}
    group by unique_id, cutoff, ds, model

),

forecasts as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        yhat
    from {{ ref('fct_forecasts') }}

)

select
    explained.unique_id,
    explained.cutoff,
    explained.ds,
    explained.model,
    explained.total,
    forecasts.yhat
from explained
left join forecasts
    on
        explained.unique_id = forecasts.unique_id
        and explained.cutoff = forecasts.cutoff
        and explained.ds = forecasts.ds
        and explained.model = forecasts.model
where forecasts.yhat is null or abs(explained.total - forecasts.yhat) > 1e-6 * greatest(abs(forecasts.yhat), 1)
