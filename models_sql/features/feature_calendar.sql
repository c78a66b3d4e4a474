with

periods as (

    select
        ds,
        period_index,
        local_start,
        hour_of_day,
        minute_of_hour,
        day_of_week,
        day_of_month,
        day_of_year,
        iso_week,
        month_of_year,
        quarter_of_year,
        is_holiday,
        holiday_name,
        is_school_holiday,
        days_since_holiday,
        days_until_holiday,
        is_close_period,
        is_payday,
        n_business_days,
        n_holidays
    from {{ ref('dim_periods') }}

),

within_the_month as (

    select
        periods.*,
        2 * pi() * (periods.day_of_year - 1) / 365.25 as year_angle,
        dense_rank() over (order by periods.holiday_name nulls first) - 1 as holiday_code,
        -- A day counts once, whatever the number of its hours.
        sum(case when periods.hour_of_day = 0 and periods.minute_of_hour = 0 then periods.n_business_days else 0 end)
            over (
                partition by date_trunc('month', periods.local_start)
                order by periods.period_index
                rows between unbounded preceding and current row
            ) as workday_of_month
    from periods

),

coming_holidays as (

    select
        within_the_month.*,
        case
            when within_the_month.days_until_holiday <= 14
                then first_value(nullif(within_the_month.holiday_code, 0) ignore nulls) over (
                    order by within_the_month.period_index
                    rows between current row and unbounded following
                )
        end as next_holiday_code
    from within_the_month

)

select
    cast(ds as {{ var('ds_type') }}) as ds,
    period_index,
    cast(day_of_week as smallint) as day_of_week,
    cast(day_of_month as smallint) as day_of_month,
    cast(day(last_day(local_start)) - day_of_month as smallint) as days_to_month_end,
    cast(day_of_year as smallint) as day_of_year,
    cast(iso_week as smallint) as week_of_year,
    cast(month_of_year as smallint) as month_of_year,
    cast(quarter_of_year as smallint) as quarter_of_year,
    cast(sin(year_angle) as float) as year_sine,
    cast(cos(year_angle) as float) as year_cosine,
    {% if var('ds_type') == 'timestamp' -%}
    cast(hour_of_day as smallint) as hour_of_day,
    cast(2 * hour_of_day + minute_of_hour // 30 as smallint) as half_hour_of_day,
    {%- else -%}
    cast(null as smallint) as hour_of_day,
    cast(null as smallint) as half_hour_of_day,
    {%- endif %}
    cast(is_holiday as smallint) as is_holiday,
    cast(holiday_code as smallint) as holiday_code,
    cast(next_holiday_code as smallint) as next_holiday_code,
    cast(n_holidays as smallint) as n_holidays,
    cast(least(coalesce(days_until_holiday, 15), 15) as smallint) as days_to_holiday,
    cast(least(coalesce(days_since_holiday, 15), 15) as smallint) as days_since_holiday,
    cast(is_school_holiday as smallint) as is_school_holiday,
    cast(n_business_days as smallint) as n_business_days,
    cast(workday_of_month as smallint) as workday_of_month,
    cast(is_payday as smallint) as is_payday,
    cast(is_close_period as smallint) as is_close_period
from coming_holidays
