with

demands as (

    select
        history_number,
        period_index,
        demand,
        cell
    from {{ ref('feature_demand') }}
    where demand is not null and cell is not null

),

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

in_order as (

    select list(cutoffs.cutoff_index order by cutoffs.cutoff_index) as cutoff_indexes
    from cutoffs

),

-- The place, among the cutoffs, of the first that sees the period.
periods as (

    select
        snapshots.period_index,
        count(*) + 1 as behind_the_last,
        count(*) filter (where cutoffs.cutoff_index < snapshots.period_index) + 1 as first_cutoff
    from {{ ref('feature_snapshots') }} as snapshots
    cross join cutoffs
    group by snapshots.period_index

),

last_8 as (

    select
        demands.history_number,
        demands.cell,
        periods.first_cutoff,
        demands.demand
        {%- for step in range(1, 8) %}
        + lag(demands.demand, {{ step }}, 0) over by_period
        {%- endfor %}
            as total,
        least(row_number() over by_period, 8) as n,
        lead(periods.first_cutoff, 1, periods.behind_the_last) over by_period as next_first_cutoff
    from demands
    inner join periods on demands.period_index = periods.period_index
    window by_period as (partition by demands.history_number, demands.cell order by demands.period_index)

)

-- A period is the last of its cell up to the first cutoff that sees the next one.
select
    last_8.history_number,
    last_8.cell,
    cast(last_8.total / last_8.n as float) as same_state_mean_8,
    cast(last_8.n as smallint) as same_state_count_8,
    unnest(list_slice(
        in_order.cutoff_indexes, last_8.first_cutoff, last_8.next_first_cutoff - 1
    )) as cutoff_index
from last_8
cross join in_order
where last_8.first_cutoff < last_8.next_first_cutoff
