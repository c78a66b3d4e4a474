{%- set season = var('season_length') -%}
with

cutoffs as (

    select cutoff from {{ ref('stg_forecasting__backtest_forecasts') }}
    union
    select cutoff from {{ ref('stg_forecasting__forecasts') }}

),

numbered_cutoffs as (

    select
        cutoff,
        {{ period_index('cutoff') }} as cutoff_index
    from cutoffs

),

series as (

    select
        unique_id,
        series_number,
        level
    from {{ ref('dim_series') }}

),

-- Numbers only: names would be sorted and carried along with every observation.
observations as (

    select
        series_number,
        period_index,
        y
    from {{ ref('fct_observations') }}
    union all
    select
        series.series_number,
        {{ period_index('nodes.ds') }} as period_index,
        nodes.y
    from {{ ref('fct_node_observations') }} as nodes
    inner join series on nodes.unique_id = series.unique_id

),

starts as (

    select
        series_number,
        min(period_index) as first_index,
        min(case when y <> 0 then period_index end) as first_nonzero_index
    from observations
    group by series_number

),

differences as (

    select
        observations.series_number,
        observations.period_index,
        observations.y,
        abs(observations.y - lag(observations.y, {{ season }}) over by_period) as seasonal_difference,
        observations.y - lag(observations.y) over by_period as difference
    from observations
    window by_period as (partition by observations.series_number order by observations.period_index)

),

-- Every observation counts from the first cutoff on that may see it. Which one is looked up once per period: an asof
-- join sorts every observation of every series.
first_cutoffs as (

    select
        told_periods.period_index,
        numbered_cutoffs.cutoff_index
    from (
        select distinct observations.period_index
        from observations
    ) as told_periods
    asof inner join numbered_cutoffs on told_periods.period_index <= numbered_cutoffs.cutoff_index

),

until_next_cutoff as (

    select
        differences.series_number,
        first_cutoffs.cutoff_index,
        count(differences.y) as n_observations,
        -- Few are below zero; a second sum of decimals of all would cost as much as the window.
        {{ exact_sum('differences.y') }}
        - 2 * coalesce({{ exact_sum('case when differences.y < 0 then differences.y end') }}, 0) as total,
        max(differences.period_index) as last_index,
        count(*) filter (where differences.y <> 0) as n_demands,
        {{ exact_sum('differences.y') }} as demand,
        fsum(differences.y * differences.y) as squared_demand,
        sum(differences.seasonal_difference) as seasonal_total,
        count(differences.seasonal_difference) as n_seasonal,
        sum(
            case
                when differences.period_index > starts.first_nonzero_index
                    then differences.difference * differences.difference
            end
        ) as squared_total,
        count(
            case when differences.period_index > starts.first_nonzero_index then differences.difference end
        ) as n_squared
    from differences
    inner join first_cutoffs on differences.period_index = first_cutoffs.period_index
    inner join starts on differences.series_number = starts.series_number
    group by differences.series_number, first_cutoffs.cutoff_index

),

-- A series without an observation between two cutoffs has the scale of the earlier one.
every_cutoff as (

    select
        series.unique_id,
        series.series_number,
        series.level,
        starts.first_index,
        numbered_cutoffs.cutoff,
        numbered_cutoffs.cutoff_index
    from starts
    inner join series on starts.series_number = series.series_number
    cross join numbered_cutoffs

),

to_date as (

    select
        every_cutoff.unique_id,
        every_cutoff.level,
        every_cutoff.cutoff,
        every_cutoff.cutoff_index,
        every_cutoff.first_index,
        every_cutoff.cutoff_index - every_cutoff.first_index + 1 as n_periods,
        max(until_next_cutoff.last_index) over so_far as last_index,
        sum(until_next_cutoff.n_observations) over so_far as n_observations,
        sum(until_next_cutoff.total) over so_far as total,
        coalesce(sum(until_next_cutoff.n_demands) over so_far, 0) as n_demands,
        coalesce(sum(until_next_cutoff.demand) over so_far, 0) as demand,
        coalesce(sum(until_next_cutoff.squared_demand) over so_far, 0) as squared_demand,
        sum(until_next_cutoff.seasonal_total) over so_far as seasonal_total,
        sum(until_next_cutoff.n_seasonal) over so_far as n_seasonal,
        sum(until_next_cutoff.squared_total) over so_far as squared_total,
        sum(until_next_cutoff.n_squared) over so_far as n_squared
    from every_cutoff
    left join until_next_cutoff
        on
            every_cutoff.series_number = until_next_cutoff.series_number
            and every_cutoff.cutoff_index = until_next_cutoff.cutoff_index
    window so_far as (
        partition by every_cutoff.series_number
        order by every_cutoff.cutoff_index
        rows between unbounded preceding and current row
    )

),

demand_sizes as (

    select
        to_date.*,
        ntile(3) over (
            partition by to_date.level, to_date.cutoff
            order by to_date.total / nullif(to_date.n_observations, 0), to_date.unique_id
        ) as volume_third,
        to_date.n_observations / nullif(to_date.n_demands, 0) as demand_interval,
        coalesce(
            (to_date.squared_demand - to_date.demand * to_date.demand / nullif(to_date.n_demands, 0))
            / nullif(to_date.n_demands - 1, 0)
            / nullif((to_date.demand / nullif(to_date.n_demands, 0)) ** 2, 0),
            0
        ) as squared_variation
    from to_date

),

attributes as (

    select
        unique_id,
        version,
        -- The first version has no beginning.
        coalesce(valid_from_period, -{{ 2 ** 31 }}) as valid_from_period,
        valid_to_period
    from {{ ref('dim_series_history') }}

)

select
    demand_sizes.unique_id,
    demand_sizes.cutoff,
    demand_sizes.level,
    demand_sizes.n_observations,
    demand_sizes.demand,
    case when coalesce(demand_sizes.cutoff_index < attributes.valid_to_period, true) then attributes.version end
        as attributes_version,
    nullif(demand_sizes.seasonal_total / nullif(demand_sizes.n_seasonal, 0), 0) as mase_scale,
    nullif(sqrt(demand_sizes.squared_total / nullif(demand_sizes.n_squared, 0)), 0) as rmsse_scale,
    case when demand_sizes.n_periods < {{ 2 * (season | int) }} then 'new' else 'established' end as age,
    case demand_sizes.volume_third when 1 then 'low' when 2 then 'middle' else 'high' end as volume,
    {{ demand_class('demand_sizes.demand_interval', 'demand_sizes.squared_variation') }} as demand_class,
    -- Whether its attributes say that it has ended is no matter here: what has ended is not forecast.
    {{ series_status('demand_sizes.first_index', 'demand_sizes.last_index', 'demand_sizes.cutoff_index', 'false') }}
        as status
from demand_sizes
asof left join attributes
    on
        demand_sizes.unique_id = attributes.unique_id
        and demand_sizes.cutoff_index >= attributes.valid_from_period
