{%- set first_snapshot = 4 * (var('season_length') | int) -%}
with

demand_range as (

    select
        min(period_index) as first_index,
        max(period_index) as last_index
    from {{ ref('feature_demand') }}

),

-- Effects are measured anew whenever the history has grown by half: a pattern that is there changes slowly.
snapshots as (

    select
        steps.step as snapshot_number,
        demand_range.first_index + cast(floor({{ first_snapshot }} * pow(1.5, steps.step)) as integer) - 1 as last_index
    from demand_range
    cross join range(40) as steps (step)
    where demand_range.first_index + floor({{ first_snapshot }} * pow(1.5, steps.step)) - 1 <= demand_range.last_index

),

periods as (

    select unnest(range(demand_range.first_index, demand_range.last_index + 1)) as period_index
    from demand_range

)

select
    cast(periods.period_index as integer) as period_index,
    cast(count(*) filter (where snapshots.last_index < periods.period_index) as integer) as counts_in_snapshot,
    cast(max(snapshots.snapshot_number) filter (where snapshots.last_index <= periods.period_index) as integer)
        as known_snapshot
from periods
left join snapshots on true
group by periods.period_index
