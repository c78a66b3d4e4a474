{{ config(materialized='table') }}

-- Every day from the year of the first observation to the end of the year after the last horizon.

with

observed_range as (

    select
        min({{ period_start('period_index') }}) as first_instant,
        max({{ period_start('period_index + 1 + ' ~ var('horizon')) }}) as last_instant
    from {{ ref('int_observations_conformed') }}

),

days as (

    select cast(unnest(generate_series(
        date_trunc('year', first_instant - interval 1 day),
        date_trunc('year', last_instant) + interval 2 year - interval 1 day,
        interval 1 day
    )) as date) as calendar_date
    from observed_range

),

holidays as (

    select * from {{ ref('int_holidays') }}

),

days_with_holidays as (

    select
        days.calendar_date,
        isodow(days.calendar_date) >= 6 as is_weekend,
        coalesce(holidays.is_holiday, false) as is_holiday,
        coalesce(holidays.is_school_holiday, false) as is_school_holiday,
        holidays.holiday_name
    from days
    left join holidays on days.calendar_date = holidays.holiday_date

),

days_counted as (

    select
        calendar_date,
        is_weekend,
        is_holiday,
        is_school_holiday,
        holiday_name,
        not is_weekend and not is_holiday as is_business_day,
        count(*) filter (where not is_weekend and not is_holiday) over (
            partition by date_trunc('month', calendar_date)
            order by calendar_date
            rows between unbounded preceding and current row
        ) as business_day_of_month,
        count(*) filter (where not is_weekend and not is_holiday) over (
            partition by date_trunc('month', calendar_date)
            order by calendar_date
            rows between current row and unbounded following
        ) as business_days_left_in_month,
        max(case when is_holiday then calendar_date end) over (
            order by calendar_date
            rows between unbounded preceding and current row
        ) as last_holiday_date,
        min(case when is_holiday then calendar_date end) over (
            order by calendar_date
            rows between current row and unbounded following
        ) as next_holiday_date
    from days_with_holidays

),

fiscal as (

    select * from {{ ref('int_fiscal_days') }}

)

select
    days_counted.calendar_date,
    cast(isodow(days_counted.calendar_date) as integer) as day_of_week,
    cast(day(days_counted.calendar_date) as integer) as day_of_month,
    cast(dayofyear(days_counted.calendar_date) as integer) as day_of_year,
    cast(week(days_counted.calendar_date) as integer) as iso_week,
    cast(isoyear(days_counted.calendar_date) as integer) as iso_year,
    cast(month(days_counted.calendar_date) as integer) as month_of_year,
    cast(quarter(days_counted.calendar_date) as integer) as quarter_of_year,
    cast(year(days_counted.calendar_date) as integer) as year_number,
    days_counted.is_weekend,
    days_counted.is_holiday,
    days_counted.holiday_name,
    days_counted.is_school_holiday,
    cast(days_counted.calendar_date - days_counted.last_holiday_date as integer) as days_since_holiday,
    cast(days_counted.next_holiday_date - days_counted.calendar_date as integer) as days_until_holiday,
    days_counted.is_business_day,
    days_counted.is_business_day and days_counted.business_day_of_month <= 3 as is_close_period,
    {%- if var('payday') == 'month_end' %}
    days_counted.is_business_day and days_counted.business_days_left_in_month = 1 as is_payday,
    {%- else %}
    day(days_counted.calendar_date) = {{ var('payday') }} as is_payday,
    {%- endif %}
    fiscal.fiscal_year,
    fiscal.fiscal_quarter,
    fiscal.fiscal_period,
    fiscal.fiscal_week
from days_counted
inner join fiscal on days_counted.calendar_date = fiscal.calendar_date
