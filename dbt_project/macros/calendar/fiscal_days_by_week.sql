{#- fiscal_days() for years of 52 or 53 whole weeks. -#}
{% macro fiscal_days_by_week(days) -%}
{%- set end_month = (var('fiscal_year_start_month') + 10) % 12 + 1 -%}
{%- set weeks = var('fiscal_pattern').split('-') -%}
{%- set first_period_ends = weeks[0] | int -%}
{%- set second_period_ends = first_period_ends + weeks[1] | int -%}
, month_ends as (

    select unnest(generate_series(min(year(calendar_date)) - 2, max(year(calendar_date)) + 2)) as end_year
    from {{ days }}

),

last_days_of_the_month as (

    select
        end_year,
        last_day(make_date(cast(end_year as integer), {{ end_month }}, 1)) as month_end
    from month_ends

),

year_ends as (

    select
        end_year,
        -- Days back to the last such weekday; more than three means that the next one is nearer.
        month_end - cast((dayofweek(month_end) - {{ var('fiscal_year_end_weekday') }} + 7) % 7 as integer)
{%- if var('fiscal_year_end_rule') == 'nearest' %}
        + case when (dayofweek(month_end) - {{ var('fiscal_year_end_weekday') }} + 7) % 7 > 3 then 7 else 0 end
{%- endif %} as year_end
    from last_days_of_the_month

),

fiscal_years as (

    select
        -- Years that begin in the first half of a calendar year lie mostly in it, and end in the next one.
        end_year{{ ' - 1' if 1 < var('fiscal_year_start_month') <= 6 }} as fiscal_year,
        lag(year_end) over (order by end_year) + 1 as year_start,
        year_end
    from year_ends

),

days_of_fiscal_years as (

    select
        days_to_place.calendar_date,
        fiscal_years.fiscal_year,
        days_to_place.calendar_date - fiscal_years.year_start as days_since_start,
        -- Week 53 is the last week of quarter 4.
        least((days_to_place.calendar_date - fiscal_years.year_start) // 7, 51) as week_position
    from {{ days }} as days_to_place
    inner join fiscal_years
        on days_to_place.calendar_date between fiscal_years.year_start and fiscal_years.year_end

)

select
    calendar_date,
    cast(fiscal_year as integer) as fiscal_year,
    cast(week_position // 13 + 1 as integer) as fiscal_quarter,
    cast(
        week_position // 13 * 3 + case
            when week_position % 13 < {{ first_period_ends }} then 1
            when week_position % 13 < {{ second_period_ends }} then 2
            else 3
        end as integer
    ) as fiscal_period,
    cast(days_since_start // 7 + 1 as integer) as fiscal_week,
    cast(days_since_start + 1 as integer) as fiscal_day
from days_of_fiscal_years
{%- endmacro %}
