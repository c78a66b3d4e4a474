{%- set block_length = feature_block_length() | int -%}
with

demands as (

    select
        history_number,
        period_index,
        demand,
        cell
    from {{ ref('feature_demand') }}

),

snapshots as (

    select
        period_index,
        known_snapshot
    from {{ ref('feature_snapshots') }}

),

effects as (

    select
        history_number,
        cell,
        snapshot_number,
        cell_effect
    from {{ ref('feature_effects') }}

),

live_cutoff as (

    select cutoff_index as live_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

-- Blocks end at the live cutoff and at whole block lengths before it: every cutoff is the end of a block.
placed as (

    select
        demands.history_number,
        demands.period_index,
        demands.demand,
        (live_cutoff.live_index - demands.period_index) % {{ block_length }} as distance,
        live_cutoff.live_index
        - (live_cutoff.live_index - demands.period_index) // {{ block_length }} * {{ block_length }}
            as last_index_of_block,
        -- Where next to nothing is ever sold (a shop that is closed), demand says nothing about the level.
        case when effects.cell_effect > 0.02 then demands.demand / effects.cell_effect end as adjusted
    from demands
    cross join live_cutoff
    inner join snapshots on demands.period_index = snapshots.period_index
    left join effects
        on
            demands.history_number = effects.history_number
            and demands.cell = effects.cell
            and snapshots.known_snapshot = effects.snapshot_number

),

by_distance as (

    select
        placed.history_number,
        placed.last_index_of_block,
        {%- for number in range(1, block_length + 1) %}
        max(case when placed.distance = {{ number - 1 }} then placed.demand end) as demand_{{ number }},
        max(case when placed.distance = {{ number - 1 }} then placed.adjusted end) as adjusted_{{ number }},
        {%- endfor %}
        max(case when placed.demand <> 0 then placed.period_index end) as last_nonzero_index
    from placed
    group by placed.history_number, placed.last_index_of_block

)

-- Added up in the order of time: a parallel sum has other last digits in every run, and a model learns them.
select
    by_distance.history_number,
    cast(by_distance.last_index_of_block as integer) as last_index_of_block,
    {{ feature_known_sum('by_distance.demand_', block_length) }} as total,
    {%- for number in range(1, block_length + 1) %}
    {{ '+ ' if not loop.first }}coalesce(by_distance.demand_{{ number }} * by_distance.demand_{{ number }}, 0)
    {%- endfor %}
        as total_of_squares,
    {{ feature_known_count('by_distance.demand_', block_length) }} as n_observed,
    {%- for number in range(1, block_length + 1) %}
    {{ '+ ' if not loop.first }}coalesce((by_distance.demand_{{ number }} <> 0)::integer, 0)
    {%- endfor %}
        as n_nonzero,
    least(
        {%- for number in range(1, block_length + 1) %}
        by_distance.demand_{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as least_demand,
    greatest(
        {%- for number in range(1, block_length + 1) %}
        by_distance.demand_{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as greatest_demand,
    by_distance.last_nonzero_index,
    {%- for offset in feature_block_offsets() %}
    by_distance.demand_{{ offset + 1 }} as demand_{{ offset }},
    {%- endfor %}
    {{ feature_known_sum('by_distance.adjusted_', block_length) }} as adjusted_total,
    {{ feature_known_count('by_distance.adjusted_', block_length) }} as n_adjusted
from by_distance
