{%- set slots = var('driver_slots') -%}
{%- set promotions = var('promotion_drivers') | select('in', slots) | list -%}
{%- set prices = var('price_drivers') | select('in', slots) | list -%}
with

drivers as (

    select *
    from {{ ref('fct_drivers') }}

),

stockouts as (

    select
        unique_id,
        ds
    from {{ ref('fct_observations') }}
    where is_stockout

),

holidays as (

    select
        ds,
        holiday_name
    from {{ ref('dim_periods') }}
    where is_holiday

),

{% for price in prices -%}
-- A price that was not told for a while is compared with the last one that was.
changes_{{ loop.index }} as (

    select
        unique_id,
        ds,
        '{{ price }}' as detail,
        {{ adapter.quote(price) }} / nullif(
            lag({{ adapter.quote(price) }}) over (partition by series_number order by period_index), 0
        ) - 1 as change
    from drivers
    where {{ adapter.quote(price) }} is not null

),

{% endfor -%}
events as (

    {% for promotion in promotions -%}
    select
        unique_id,
        ds,
        'promotion' as event_kind,
        '{{ promotion }}' as detail,
        {{ adapter.quote(promotion) }} as magnitude
    from drivers
    where {{ adapter.quote(promotion) }} <> 0
    union all
    {% endfor -%}
    {% for price in prices -%}
    select
        unique_id,
        ds,
        'price change' as event_kind,
        detail,
        round(change, 6) as magnitude
    from changes_{{ loop.index }}
    where change <> 0
    union all
    {% endfor -%}
    select
        unique_id,
        ds,
        'stock-out' as event_kind,
        'is_stockout' as detail,
        null as magnitude
    from stockouts
    union all
    select
        null as unique_id,
        ds,
        'holiday' as event_kind,
        holiday_name as detail,
        null as magnitude
    from holidays

)

select
    unique_id,
    cast(ds as {{ var('ds_type') }}) as ds,
    event_kind,
    detail,
    cast(magnitude as double) as magnitude
from events
