with

cutoffs as (

    select distinct cutoff
    from {{ ref('int_backtest_errors') }}

),

numbered_cutoffs as (

    select
        cutoff,
        {{ period_index('cutoff') }} as cutoff_index
    from cutoffs

),

observations as (

    select
        unique_id,
        period_index,
        y
    from {{ ref('fct_observations') }}
    where y is not null

),

unit_values as (

    select
        unique_id,
        valid_from,
        unit_value
    from {{ ref('int_unit_values') }}

),

-- Every observation counts from the first cutoff on that may see it.
until_next_cutoff as (

    select
        observations.unique_id,
        numbered_cutoffs.cutoff_index,
        count(*) as n_periods,
        count(*) filter (where observations.y <> 0) as n_demands,
        fsum(observations.y) as total,
        fsum(observations.y * observations.y) as squared_total
    from observations
    asof inner join numbered_cutoffs on observations.period_index <= numbered_cutoffs.cutoff_index
    group by observations.unique_id, numbered_cutoffs.cutoff_index

),

-- A series without an observation between two cutoffs is what it was at the earlier one.
every_cutoff as (

    select
        series.unique_id,
        numbered_cutoffs.cutoff,
        numbered_cutoffs.cutoff_index
    from (
        select distinct until_next_cutoff.unique_id
        from until_next_cutoff
    ) as series
    cross join numbered_cutoffs

),

to_date as (

    select
        every_cutoff.unique_id,
        every_cutoff.cutoff,
        sum(until_next_cutoff.n_periods) over so_far as n_periods,
        sum(until_next_cutoff.n_demands) over so_far as n_demands,
        sum(until_next_cutoff.total) over so_far as total,
        sum(until_next_cutoff.squared_total) over so_far as squared_total
    from every_cutoff
    left join until_next_cutoff
        on
            every_cutoff.unique_id = until_next_cutoff.unique_id
            and every_cutoff.cutoff_index = until_next_cutoff.cutoff_index
    window so_far as (
        partition by every_cutoff.unique_id
        order by every_cutoff.cutoff_index
        rows between unbounded preceding and current row
    )

),

valued as (

    select
        to_date.unique_id,
        to_date.cutoff,
        to_date.total,
        unit_values.unit_value,
        to_date.total / nullif(to_date.n_periods, 0) as velocity,
        to_date.n_periods / nullif(to_date.n_demands, 0) as demand_interval,
        (to_date.squared_total - to_date.total * to_date.total / to_date.n_demands)
        / nullif(to_date.n_demands - 1, 0)
        / nullif((to_date.total / to_date.n_demands) * (to_date.total / to_date.n_demands), 0) as squared_variation
    from to_date
    asof left join unit_values
        on
            to_date.unique_id = unit_values.unique_id
            and to_date.cutoff >= unit_values.valid_from
    where to_date.n_periods > 0

),

ranked as (

    select
        valued.unique_id,
        valued.cutoff,
        valued.demand_interval,
        valued.unit_value,
        coalesce(valued.squared_variation, 0) as squared_variation,
        ntile(3) over (partition by valued.cutoff order by valued.velocity, valued.unique_id) as velocity_third,
        ntile(3) over (
            partition by valued.cutoff, valued.unit_value is null order by valued.unit_value, valued.unique_id
        ) as price_third,
        -- Share of the volume that larger series have: the largest ones up to 80 % of it are the top.
        coalesce(
            sum(valued.total) over larger_first / nullif(sum(valued.total) over (partition by valued.cutoff), 0), 0
        ) as share_of_larger
    from valued
    window larger_first as (
        partition by valued.cutoff
        order by valued.total desc, valued.unique_id asc
        rows between unbounded preceding and 1 preceding
    )

)

select
    unique_id,
    cutoff,
    unit_value,
    {{ demand_class('demand_interval', 'squared_variation') }} as demand_class,
    case velocity_third when 1 then 'slow' when 2 then 'middle' else 'fast' end as velocity,
    case when share_of_larger < 0.8 then 'top' else 'long tail' end as tail,
    case
        when unit_value is null then 'none'
        when price_third = 1 then 'low'
        when price_third = 2 then 'middle'
        else 'high'
    end as price_tier
from ranked
