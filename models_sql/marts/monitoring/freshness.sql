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

subjects as (

    select
        'series' as subject,
        observed.unique_id,
        observed.last_ds,
        coalesce(live_cutoff.cutoff_index - observed.last_index, live_cutoff.cutoff_index) as periods_behind
    from observed
    cross join live_cutoff
    union all
    select
        'forecast' as subject,
        null as unique_id,
        forecasts.forecast_cutoff as last_ds,
        live_cutoff.cutoff_index - {{ period_index('forecasts.forecast_cutoff') }} as periods_behind
    from forecasts
    cross join live_cutoff

)

select
    subjects.subject,
    subjects.unique_id,
    live_cutoff.cutoff,
    cast(subjects.last_ds as {{ var('ds_type') }}) as last_ds,
    cast(subjects.periods_behind as integer) as periods_behind,
    subjects.periods_behind
    > case when subjects.subject = 'series' then {{ var('season_length') }} else 0 end as is_stale
from subjects
cross join live_cutoff
