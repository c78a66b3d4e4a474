with

histories as (

    select
        unique_id,
        cutoff,
        n_observations,
        demand,
        demand_class
    from {{ ref('int_series_scales') }}
    where level = 'bottom' and n_observations > 0

),

unit_values as (

    select
        unique_id,
        valid_from,
        unit_value
    from {{ ref('int_unit_values') }}

),

valued as (

    select
        histories.unique_id,
        histories.cutoff,
        histories.demand,
        histories.demand_class,
        unit_values.unit_value,
        histories.demand / histories.n_observations as velocity
    from histories
    asof left join unit_values
        on
            histories.unique_id = unit_values.unique_id
            and histories.cutoff >= unit_values.valid_from

),

ranked as (

    select
        valued.unique_id,
        valued.cutoff,
        valued.demand_class,
        valued.unit_value,
        ntile(3) over (partition by valued.cutoff order by valued.velocity, valued.unique_id) as velocity_third,
        ntile(3) over (
            partition by valued.cutoff, valued.unit_value is null order by valued.unit_value, valued.unique_id
        ) as price_third,
        -- Share of the volume that larger series have: the largest ones up to 80 % of it are the top.
        coalesce(
            sum(valued.demand) over larger_first / nullif(sum(valued.demand) over (partition by valued.cutoff), 0), 0
        ) as share_of_larger
    from valued
    window larger_first as (
        partition by valued.cutoff
        order by valued.demand desc, valued.unique_id asc
        rows between unbounded preceding and 1 preceding
    )

)

select
    unique_id,
    cutoff,
    unit_value,
    demand_class,
    case velocity_third when 1 then 'slow' when 2 then 'middle' else 'fast' end as velocity,
    case when share_of_larger < 0.8 then 'top' else 'long tail' end as tail,
    case
        when unit_value is null then 'none'
        when price_third = 1 then 'low'
        when price_third = 2 then 'middle'
        else 'high'
    end as price_tier
from ranked
