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
        series_number,
        cast(unnest(generate_series(first_period, last_period)) as integer) as period_index
    from series_with_gaps

),

told_and_untold_periods as (

    select
        periods.series_number,
        periods.period_index,
        case
            when observations.y is null
                {%- if var('target_kind') == 'continuous' %}
                then 'missing'
                {%- else %}
                -- For counts a source that is silent about a period says that nothing happened; an empty value does not.
                then case when observations.series_number is null then 'zero_demand' else 'missing' end
                {%- endif %}
            {%- if var('demand_target') == 'unconstrained' %}
            when observations.is_stockout then 'stock_out'
            {%- endif %}
            else 'observed'
        end as missing_kind,
        observations.y,
        coalesce(observations.is_stockout, false) as is_stockout,
        coalesce(observations.is_outlier, false) as is_outlier,
        observations.known_at
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
        case missing_kind when 'observed' then y when 'zero_demand' then 0 end as y,
        list_median([
            lag(y, 1 ignore nulls) over same_season,
            lag(y, 2 ignore nulls) over same_season,
            lag(y, 3 ignore nulls) over same_season,
            lag(y, 4 ignore nulls) over same_season
        ]) as seasonal_reference,
        lag(y, 1 ignore nulls) over (partition by series_number order by period_index) as last_value
    from told_and_untold_periods
    window same_season as (
        partition by series_number, period_index % {{ var('season_length') }}
        order by period_index
    )

)

select
    series_number,
    period_index,
    case missing_kind when 'missing' then coalesce(seasonal_reference, last_value) else y end as y,
    missing_kind,
    is_stockout,
    is_outlier,
    known_at
from with_past_of_the_same_season
