{#-
    Fiscal year, quarter, period and week of each day of a relation with a column calendar_date.

    fiscal_pattern calendar: periods are months, the year begins on the first of fiscal_year_start_month.
    4-4-5, 4-5-4, 5-4-4: quarters of 13 weeks; the year ends on fiscal_year_end_weekday (0 Sunday .. 6 Saturday), the
    last one in the month before fiscal_year_start_month or the one nearest to its end (fiscal_year_end_rule). Such a
    year has 52 or 53 weeks; week 53 belongs to the last period. The retail calendar of the US National Retail
    Federation is 4-5-4 from February, ending on the Saturday nearest to the end of January.

    A fiscal year has the name of the calendar year in which most of its months lie.
-#}
{% macro fiscal_days(days) -%}
{%- if var('fiscal_pattern') == 'calendar' -%}
{{ fiscal_days_by_month(days) }}
{%- else -%}
{{ fiscal_days_by_week(days) }}
{%- endif -%}
{%- endmacro %}
