{%- set block_length = feature_block_length() -%}
with

histories as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_histories') }}

),

live_cutoff as (

    select cutoff_index as live_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

)

-- Blocks end at the live cutoff and at whole block lengths before it: every cutoff is the end of a block.
select
    histories.history_number,
    cast(
        live_cutoff.live_index
        - (live_cutoff.live_index - histories.period_index) // {{ block_length }} * {{ block_length }} as integer
    ) as last_index_of_block,
    sum(histories.demand) as total,
    sum(histories.demand * histories.demand) as total_of_squares,
    cast(count(histories.demand) as integer) as n_observed,
    cast(count(nullif(histories.demand, 0)) as integer) as n_nonzero,
    min(histories.demand) as least,
    max(histories.demand) as greatest,
    max(case when histories.demand <> 0 then histories.period_index end) as last_nonzero_index
from histories
cross join live_cutoff
group by histories.history_number, last_index_of_block
