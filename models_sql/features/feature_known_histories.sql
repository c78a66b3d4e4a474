{{ config(enabled=var('as_known_then')) }}
{%- set stride = feature_history_stride() -%}
with

series as (

    select
        series_number,
        first_index
    from {{ ref('feature_series') }}

),

versions as (

    select
        series_number,
        period_index,
        known_index,
        superseded_index,
        is_told
    from {{ ref('feature_versions') }}

),

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

-- When something became known that was not known, or known otherwise, before.
changes as (

    select distinct
        series_number,
        known_index
    from versions
    where known_index > period_index

),

changed as (

    select distinct changes.series_number
    from changes

),

changes_by_cutoff as (

    select
        series.series_number,
        cutoffs.cutoff_index,
        count(changes.known_index) as n_changes
    from series
    cross join cutoffs
    left join changes
        on
            series.series_number = changes.series_number
            and cutoffs.cutoff_index >= changes.known_index
    group by series.series_number, cutoffs.cutoff_index

),

-- Between two changes the history only grows at its end: its cutoffs share it, each up to itself.
histories as (

    select
        changes_by_cutoff.series_number,
        min(changes_by_cutoff.cutoff_index) as first_cutoff_index,
        max(changes_by_cutoff.cutoff_index) as last_cutoff_index,
        row_number() over (
            partition by changes_by_cutoff.series_number
            order by changes_by_cutoff.n_changes desc
        ) - 1 as position_from_newest
    from changes_by_cutoff
    group by changes_by_cutoff.series_number, changes_by_cutoff.n_changes

),

-- A series begins where its source first told something, as far as that was known.
told_in_turn as (

    select
        observations.series_number,
        min(observations.period_index) as first_index
    from {{ ref('fct_observations') }} as observations
    semi join versions on observations.series_number = versions.series_number
    anti join versions as known_otherwise
        on
            observations.series_number = known_otherwise.series_number
            and observations.period_index = known_otherwise.period_index
    where observations.missing_kind in ('observed', 'stock_out')
    group by observations.series_number

),

told_late as (

    select
        histories.series_number,
        histories.last_cutoff_index,
        min(versions.period_index) as first_index
    from histories
    inner join versions
        on
            histories.series_number = versions.series_number
            and histories.last_cutoff_index >= versions.known_index
    where
        versions.is_told
        and (versions.superseded_index is null or versions.superseded_index > histories.last_cutoff_index)
    group by histories.series_number, histories.last_cutoff_index

)

select
    histories.series_number,
    cast(histories.series_number * {{ stride }} + histories.position_from_newest as integer) as history_number,
    histories.first_cutoff_index,
    histories.last_cutoff_index,
    case
        when changed.series_number is null then series.first_index
        -- Of two, the one that is there.
        else least(told_in_turn.first_index, told_late.first_index)
    end as first_index
from histories
inner join series on histories.series_number = series.series_number
left join changed on histories.series_number = changed.series_number
left join told_in_turn on histories.series_number = told_in_turn.series_number
left join told_late
    on
        histories.series_number = told_late.series_number
        and histories.last_cutoff_index = told_late.last_cutoff_index
