{#- fiscal_days() for years whose periods are calendar months. -#}
{% macro fiscal_days_by_month(days) -%}
{%- set start_month = var('fiscal_year_start_month') -%}
, fiscal_years as (

    select
        calendar_date,
        cast(date_trunc('month', calendar_date) as date) as month_start,
        year(calendar_date) - cast(month(calendar_date) < {{ start_month }} as integer) as start_year
    from {{ days }}

)

select
    calendar_date,
    cast(start_year{{ ' + 1' if start_month > 6 }} as integer) as fiscal_year,
    cast(date_diff('month', make_date(start_year, {{ start_month }}, 1), month_start) // 3 + 1 as integer)
        as fiscal_quarter,
    cast(date_diff('month', make_date(start_year, {{ start_month }}, 1), month_start) + 1 as integer)
        as fiscal_period,
    cast((calendar_date - make_date(start_year, {{ start_month }}, 1)) // 7 + 1 as integer) as fiscal_week,
    cast(calendar_date - make_date(start_year, {{ start_month }}, 1) + 1 as integer) as fiscal_day
from fiscal_years
{%- endmacro %}
