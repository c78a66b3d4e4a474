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

observations as (

    select
        unique_id,
        series_number,
        'bottom' as level,
        period_index,
        y
    from {{ ref('fct_observations') }}
    union all
    select
        nodes.unique_id,
        series.series_number,
        series.level,
        {{ period_index('nodes.ds') }} as period_index,
        nodes.y
    from {{ ref('fct_node_observations') }} as nodes
    inner join {{ ref('dim_series') }} as series on nodes.unique_id = series.unique_id

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
        observations.unique_id,
        observations.series_number,
        observations.level,
        observations.period_index,
        observations.y,
        abs(observations.y - lag(observations.y, {{ season }}) over by_period) as seasonal_difference,
        observations.y - lag(observations.y) over by_period as difference
    from observations
    window by_period as (partition by observations.series_number order by observations.period_index)

),

-- Every observation counts from the first cutoff on that may see it.
until_next_cutoff as (

    select
        differences.unique_id,
        differences.series_number,
        numbered_cutoffs.cutoff_index,
        count(differences.y) as n_observations,
        sum(abs(differences.y)) as total,
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
    asof inner join numbered_cutoffs on differences.period_index <= numbered_cutoffs.cutoff_index
    inner join starts on differences.series_number = starts.series_number
    group by differences.unique_id, differences.series_number, numbered_cutoffs.cutoff_index

),

-- A series without an observation between two cutoffs has the scale of the earlier one.
every_cutoff as (

    select
        series.unique_id,
        series.series_number,
        series.level,
        series.first_index,
        numbered_cutoffs.cutoff,
        numbered_cutoffs.cutoff_index
    from (
        select
            differences.unique_id,
            differences.series_number,
            differences.level,
            min(differences.period_index) as first_index
        from differences
        group by differences.unique_id, differences.series_number, differences.level
    ) as series
    cross join numbered_cutoffs

),

to_date as (

    select
        every_cutoff.unique_id,
        every_cutoff.level,
        every_cutoff.cutoff,
        every_cutoff.cutoff_index - every_cutoff.first_index + 1 as n_periods,
        sum(until_next_cutoff.n_observations) over so_far as n_observations,
        sum(until_next_cutoff.total) over so_far as total,
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

)

select
    unique_id,
    cutoff,
    nullif(seasonal_total / nullif(n_seasonal, 0), 0) as mase_scale,
    nullif(sqrt(squared_total / nullif(n_squared, 0)), 0) as rmsse_scale,
    case when n_periods < {{ 2 * (season | int) }} then 'new' else 'established' end as age,
    case ntile(3) over (partition by level, cutoff order by total / nullif(n_observations, 0), unique_id)
        when 1 then 'low'
        when 2 then 'middle'
        else 'high'
    end as volume
from to_date
