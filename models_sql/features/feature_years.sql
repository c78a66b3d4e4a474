{%- set reach = feature_year_reach() -%}
with

running_totals as (

    select
        history_number,
        period_index,
        demand,
        total,
        n_observed
    from {{ ref('feature_running_totals') }}
    where period_index between
        (select min(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)
        - {{ feature_year_offset() }} - {{ reach }}
        and (select max(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)
        + {{ var('horizon') }} - {{ feature_year_offset() }} + {{ reach }}

),

surroundings as (

    select
        running_totals.history_number,
        running_totals.period_index,
        running_totals.demand,
        last_value(running_totals.total) over around
        - first_value(running_totals.total - coalesce(running_totals.demand, 0)) over around as total_around,
        last_value(running_totals.n_observed) over around
        - first_value(running_totals.n_observed - (running_totals.demand is not null)::integer) over around as n_around
    from running_totals
    window around as (
        partition by running_totals.history_number
        order by running_totals.period_index
        rows between {{ reach }} preceding and {{ reach }} following
    )

)

select
    history_number,
    period_index,
    cast(demand as float) as year_aligned,
    cast(total_around / nullif(n_around, 0) as float) as year_aligned_mean
from surroundings
