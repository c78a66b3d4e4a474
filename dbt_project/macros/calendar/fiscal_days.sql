{#-
    Fiscal year, quarter, period (month) and week of each day of a relation with a column calendar_date.
    A fiscal year is named by the calendar year it ends in.
-#}
{% macro fiscal_days(days) -%}
{%- set shift = (13 - var('fiscal_year_start_month')) % 12 -%}
select
    calendar_date,
    cast(year(calendar_date + interval {{ shift }} month) as integer) as fiscal_year,
    cast(quarter(calendar_date + interval {{ shift }} month) as integer) as fiscal_quarter,
    cast(month(calendar_date + interval {{ shift }} month) as integer) as fiscal_period,
    cast(
        (dayofyear(calendar_date) - 1) // 7 + 1 as integer
    ) as fiscal_week
from {{ days }}
{%- endmacro %}
