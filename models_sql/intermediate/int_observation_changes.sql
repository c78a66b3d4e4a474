{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set known = known_deliveries(this) %}
-- What every delivery changed about the history, kept from build to build: the raw rows of a delivery say what holds,
-- not what has changed. Deliveries that were never built are replayed first (docs/data/restatements.md), so the rows
-- are the same whenever they are written, and can be written again from the raw snapshots.

with

delivery as (

    {{ last_delivery(observation_entities(var('source_system'))) }}

),

told_now as (

    select
        series.unique_id,
        {{ period_from_index('observations.period_index') }} as ds,
        observations.y,
        observations.is_stockout,
        observations.known_at
    from {{ ref('int_observations_conformed') }} as observations
    inner join {{ ref('int_series') }} as series on observations.series_number = series.series_number
    where observations.y is not null

){%- if known.n == 0 %}

-- The first delivery has nothing to be compared with. It is kept only once a second one asks for it.
select
    told_now.unique_id,
    told_now.ds,
    told_now.y,
    told_now.is_stockout,
    told_now.known_at,
    cast(null as double) as previous_y,
    'added' as change,
    delivery.delivered_at
from told_now
cross join delivery
{%- if not is_replay() %}
where false
{%- endif %}
{%- else %},

told_before as (

    select
        unique_id,
        ds,
        arg_max(y, delivered_at) as y,
        arg_max(is_stockout, delivered_at) as is_stockout
    from {{ this }}
    group by unique_id, ds
    having arg_max(change, delivered_at) <> 'removed'

)

select
    told_now.y,
    told_now.is_stockout,
    told_now.known_at,
    told_before.y as previous_y,
    delivery.delivered_at,
    coalesce(told_now.unique_id, told_before.unique_id) as unique_id,
    coalesce(told_now.ds, told_before.ds) as ds,
    case
        when told_before.unique_id is null then 'added'
        when told_now.unique_id is null then 'removed'
        else 'changed'
    end as change
from told_now
full outer join told_before
    on
        told_now.unique_id = told_before.unique_id
        and told_now.ds = told_before.ds
cross join delivery
where
    (
        told_now.y is distinct from told_before.y
        or told_now.is_stockout is distinct from told_before.is_stockout
    )
    and delivery.delivered_at > timestamp '{{ known.last }}'
{%- endif %}
