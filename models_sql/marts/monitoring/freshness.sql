with

series as (

    select *
    from {{ ref('dim_series') }}
    where level = 'bottom' and status <> 'discontinued'

),

live_cutoff as (

    select
        cutoff,
        cutoff_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

forecasts as (

    select max(cutoff) as forecast_cutoff
    from {{ ref('fct_forecasts') }}

),

observed as (

    select
        series.unique_id,
        series.last_ds,
        {{ period_index('series.last_ds') }} as last_index
    from series

),

-- When the last delivery of every entity arrived, on the clock of its owner, and when it was due that day.
last_deliveries as (

    {%- for entity in source_entities(var('source_system')) %}
    select
        '{{ entity }}' as entity,
        max(_as_of) as delivered_at
    from {{ source(var('source_system'), entity) }}
    where _as_of <= timestamp '{{ var('as_of') }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

deliveries_on_local_clocks as (

    select
        last_deliveries.entity,
        last_deliveries.delivered_at,
        service_levels.owner,
        cast(service_levels.due as time) as due,
        (last_deliveries.delivered_at at time zone 'UTC') at time zone service_levels.timezone as local_delivered_at
    from last_deliveries
    inner join {{ ref('service_levels') }} as service_levels
        on
            last_deliveries.entity = service_levels.entity
            and service_levels.source_system = '{{ var('source_system') }}'
    where last_deliveries.delivered_at is not null

),

subjects as (

    select
        'series' as subject,
        observed.unique_id,
        null as entity,
        observed.last_ds,
        coalesce(live_cutoff.cutoff_index - observed.last_index, live_cutoff.cutoff_index) as periods_behind,
        cast(null as timestamp) as delivered_at,
        null as minutes_late,
        null as owner
    from observed
    cross join live_cutoff
    union all
    select
        'forecast' as subject,
        null as unique_id,
        null as entity,
        forecasts.forecast_cutoff as last_ds,
        live_cutoff.cutoff_index - {{ period_index('forecasts.forecast_cutoff') }} as periods_behind,
        null as delivered_at,
        null as minutes_late,
        null as owner
    from forecasts
    cross join live_cutoff
    union all
    select
        'delivery' as subject,
        null as unique_id,
        entity,
        null as last_ds,
        null as periods_behind,
        delivered_at,
        greatest(
            date_sub('minute', cast(local_delivered_at as date) + due, local_delivered_at), 0
        ) as minutes_late,
        owner
    from deliveries_on_local_clocks

)

select
    subjects.subject,
    subjects.unique_id,
    subjects.entity,
    subjects.owner,
    subjects.delivered_at,
    live_cutoff.cutoff,
    cast(subjects.last_ds as {{ var('ds_type') }}) as last_ds,
    cast(subjects.periods_behind as integer) as periods_behind,
    cast(subjects.minutes_late as integer) as minutes_late,
    case when subjects.minutes_late > 0 then 'late' when subjects.minutes_late = 0 then 'on time' end as sla_status,
    case
        when subjects.subject = 'delivery' then subjects.minutes_late > 0
        else subjects.periods_behind > case when subjects.subject = 'series' then {{ var('season_length') }} else 0 end
    end as is_stale
from subjects
cross join live_cutoff
