{%- set first_snapshot = 4 * (var('season_length') | int) -%}
with

demand_range as (

    select
        min(period_index) as first_index,
        max(period_index) as last_index
    from {{ ref('feature_demand') }}

),

{% if var('as_known_then') -%}
-- The oldest cutoff says where the history began: older periods that are told later must not move what was measured.
grid as (

    select
        demand_range.last_index,
        greatest(
            demand_range.first_index,
            (
                select min_by(histories.first_index, (histories.first_cutoff_index, histories.first_index))
                from {{ ref('feature_known_histories') }} as histories
                where histories.first_index is not null
            )
        ) as first_index
    from demand_range

),

{% else -%}
grid as (

    select * from demand_range

),

{% endif -%}
-- Effects are measured anew whenever the history has grown by half: a pattern that is there changes slowly.
by_length as (

    select grid.first_index + cast(floor({{ first_snapshot }} * pow(1.5, steps.step)) as integer) - 1 as last_index
    from grid
    cross join range(40) as steps (step)
    where grid.first_index + floor({{ first_snapshot }} * pow(1.5, steps.step)) - 1 <= grid.last_index

),

{% if var('as_known_then') -%}
changes as (

    select distinct histories.first_cutoff_index as effective_index
    from {{ ref('feature_known_histories') }} as histories

),

-- Whenever something became known that had not been, or otherwise: the same periods once more, as they are known then.
known_anew as (

    select
        changes.effective_index,
        max(by_length.last_index) as last_index
    from changes
    inner join by_length on changes.effective_index > by_length.last_index
    where changes.effective_index > (select min(earliest.effective_index) from changes as earliest)
    group by changes.effective_index

),

effective as (

    select
        by_length.last_index as effective_index,
        by_length.last_index
    from by_length
    union all
    select
        known_anew.effective_index,
        known_anew.last_index
    from known_anew
    anti join by_length on known_anew.effective_index = by_length.last_index

),

{% else -%}
effective as (

    select
        by_length.last_index as effective_index,
        by_length.last_index
    from by_length

),

{% endif -%}
snapshots as (

    select
        effective.effective_index,
        effective.last_index,
        row_number() over (order by effective.effective_index) - 1 as snapshot_number
    from effective

),

periods as (

    select unnest(range(demand_range.first_index, demand_range.last_index + 1)) as period_index
    from demand_range

)

select
    cast(periods.period_index as integer) as period_index,
    cast(count(*) filter (where snapshots.last_index < periods.period_index) as integer) as counts_in_snapshot,
    cast(max(snapshots.snapshot_number) filter (where snapshots.effective_index <= periods.period_index) as integer)
        as known_snapshot
from periods
left join snapshots on true
group by periods.period_index
