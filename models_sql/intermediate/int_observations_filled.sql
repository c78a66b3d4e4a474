-- Every period in the life of the series that have gaps.

with

observations as (

    select * from {{ ref('int_observations_conformed') }}

),

series_with_gaps as (

    select * from {{ ref('int_series_lives') }}
    where not is_complete

),

every_period_of_a_life as (

    select
        lives.series_number,
        cast(lives.period_number as integer) as period_index
    from (
        select
            series_with_gaps.series_number,
            unnest(generate_series(series_with_gaps.first_period, series_with_gaps.last_period)) as period_number
        from series_with_gaps
    ) as lives

),

told_and_untold_periods as (

    select
        periods.series_number,
        periods.period_index,
        observations.y,
        observations.known_at,
        observations.n_readings,
        {{ missing_kind('observations') }} as missing_kind,
        coalesce(observations.is_stockout, false) as is_stockout,
        coalesce(observations.is_outlier, false) as is_outlier
    from every_period_of_a_life as periods
    left join observations
        on
            periods.series_number = observations.series_number
            and periods.period_index = observations.period_index

),

with_past_of_the_same_season as (

    -- Only the past is looked at: what happened later must not change what was filled in before.
    select
        series_number,
        period_index,
        missing_kind,
        is_stockout,
        is_outlier,
        known_at,
        n_readings,
        case missing_kind when 'observed' then y when 'zero_demand' then 0 end as y,
        list_median([
            lag(y, 1 ignore nulls) over same_season,
            lag(y, 2 ignore nulls) over same_season,
            lag(y, 3 ignore nulls) over same_season,
            lag(y, 4 ignore nulls) over same_season
        ]) as seasonal_reference,
        lag(y, 1 ignore nulls) over (partition by series_number order by period_index) as last_value
    from told_and_untold_periods
    window
        same_season as (
            partition by series_number, period_index % {{ var('season_length') }}
            order by period_index
        )

)

select
    series_number,
    period_index,
    missing_kind,
    is_stockout,
    is_outlier,
    known_at,
    n_readings,
    case missing_kind when 'missing' then coalesce(seasonal_reference, last_value) else y end as y
from with_past_of_the_same_season
