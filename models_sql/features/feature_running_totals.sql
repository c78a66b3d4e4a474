{%- set oldest_needed -%}
    (select min(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs) - {{ feature_lookback() }}
{%- endset %}
{%- set live_index -%}
    (select max(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)
{%- endset %}
with

histories as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_histories') }}
    where period_index >= {{ oldest_needed }}

),

-- A series that ended early still has a position at every later cutoff: with periods in which nothing is known.
periods_after_the_end as (

    select
        last_periods.history_number,
        unnest(range(last_periods.last_index + 1, {{ live_index }} + 1)) as period_index
    from (
        select
            histories.history_number,
            max(histories.period_index) as last_index
        from histories
        group by histories.history_number
    ) as last_periods
    where last_periods.last_index < {{ live_index }}

),

every_period as (

    select
        histories.history_number,
        histories.period_index,
        histories.demand
    from histories
    union all
    select
        periods_after_the_end.history_number,
        cast(periods_after_the_end.period_index as integer) as period_index,
        cast(null as double) as demand
    from periods_after_the_end

),

summed as (

    select
        every_period.history_number,
        every_period.period_index,
        every_period.demand,
        sum(coalesce(every_period.demand, 0)) over to_date as total,
        sum(coalesce(every_period.demand * every_period.demand, 0)) over to_date as total_of_squares,
        count(every_period.demand) over to_date as n_observed,
        count(nullif(every_period.demand, 0)) over to_date as n_nonzero,
        max(case when every_period.demand <> 0 then every_period.period_index end) over to_date as last_nonzero_index
    from every_period
    window to_date as (
        partition by every_period.history_number
        order by every_period.period_index
        rows between unbounded preceding and current row
    )

)

select
    history_number,
    period_index,
    demand,
    total,
    total_of_squares,
    cast(n_observed as integer) as n_observed,
    cast(n_nonzero as integer) as n_nonzero,
    last_nonzero_index
from summed
