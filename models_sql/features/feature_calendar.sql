{%- set is_sub_daily = var('ds_type') == 'timestamp' -%}
with

periods as (

    select
        period_index,
        is_holiday,
        holiday_name,
        is_payday,
        is_close_period,
        {% if is_sub_daily -%}
            (ds at time zone 'UTC') at time zone '{{ var("timezone") }}' as local_time
        {%- else -%}
            cast(ds as timestamp) as local_time
        {%- endif %}
    from {{ ref('dim_periods') }}

),

dated as (

    select
        periods.*,
        cast(periods.local_time as date) as local_date,
        2 * pi() * (dayofyear(periods.local_time) - 1) / 365.25 as year_angle,
        not periods.is_holiday
        and isodow(periods.local_time) <= 5
        and row_number() over (
            partition by cast(periods.local_time as date)
            order by periods.period_index
        ) = 1 as starts_workday
    from periods

),

around_holidays as (

    select
        dated.*,
        dense_rank() over (order by dated.holiday_name nulls first) as holiday_rank,
        max(case when dated.is_holiday then dated.local_date end) over (
            order by dated.period_index
            rows between unbounded preceding and current row
        ) as last_holiday,
        min(case when dated.is_holiday then dated.local_date end) over (
            order by dated.period_index
            rows between current row and unbounded following
        ) as next_holiday,
        count(*) filter (where dated.starts_workday) over (
            partition by date_trunc('month', dated.local_date)
            order by dated.period_index
            rows between unbounded preceding and current row
        ) as workday_of_month
    from dated

)

select
    period_index,
    cast(isodow(local_time) as smallint) as day_of_week,
    cast(day(local_time) as smallint) as day_of_month,
    cast(day(last_day(local_date)) - day(local_date) as smallint) as days_to_month_end,
    cast(weekofyear(local_time) as smallint) as week_of_year,
    cast(month(local_time) as smallint) as month_of_year,
    cast(quarter(local_time) as smallint) as quarter_of_year,
    cast(sin(year_angle) as float) as year_sine,
    cast(cos(year_angle) as float) as year_cosine,
    {% if is_sub_daily -%}
        cast(hour(local_time) as smallint) as hour_of_day,
        cast(2 * hour(local_time) + minute(local_time) // 30 as smallint) as half_hour_of_day,
    {%- else -%}
        cast(null as smallint) as hour_of_day,
        cast(null as smallint) as half_hour_of_day,
    {%- endif %}
    cast(is_holiday as smallint) as is_holiday,
    cast(holiday_rank - 1 as smallint) as holiday_code,
    cast(least(date_diff('day', local_date, next_holiday), 15) as smallint) as days_to_holiday,
    cast(least(date_diff('day', last_holiday, local_date), 15) as smallint) as days_since_holiday,
    cast(workday_of_month as smallint) as workday_of_month,
    cast(is_payday as smallint) as is_payday,
    cast(is_close_period as smallint) as is_close_period
from around_holidays
