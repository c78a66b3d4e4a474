{%- set block_length = feature_block_length() -%}
with

demands as (

    select
        history_number,
        period_index,
        demand,
        cell
    from {{ ref('feature_demand') }}
    where {{ feature_batch('history_number') }}

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
    where {{ feature_batch('history_number') }}

),

live_cutoff as (

    select cutoff_index as live_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

)

-- Blocks end at the live cutoff and at whole block lengths before it: every cutoff is the end of a block.
select
    demands.history_number,
    cast(
        live_cutoff.live_index
        - (live_cutoff.live_index - demands.period_index) // {{ block_length }} * {{ block_length }} as integer
    ) as last_index_of_block,
    sum(demands.demand) as total,
    sum(demands.demand * demands.demand) as total_of_squares,
    cast(count(demands.demand) as integer) as n_observed,
    cast(count(nullif(demands.demand, 0)) as integer) as n_nonzero,
    min(demands.demand) as least_demand,
    max(demands.demand) as greatest_demand,
    max(case when demands.demand <> 0 then demands.period_index end) as last_nonzero_index,
    {%- for offset in feature_block_offsets() %}
    max(
        case
            when (live_cutoff.live_index - demands.period_index) % {{ block_length }} = {{ offset }} then demands.demand
        end
    ) as demand_{{ offset }},
    {%- endfor %}
    -- Where next to nothing is ever sold (a shop that is closed), demand says nothing about the level.
    sum(demands.demand / effects.cell_effect) filter (where effects.cell_effect > 0.02) as adjusted_total,
    cast(
        count(demands.demand) filter (where effects.cell_effect > 0.02) as integer
    ) as n_adjusted
from demands
cross join live_cutoff
inner join snapshots on demands.period_index = snapshots.period_index
left join effects
    on
        demands.history_number = effects.history_number
        and demands.cell = effects.cell
        and snapshots.known_snapshot = effects.snapshot_number
group by demands.history_number, last_index_of_block
