{#-
    The ds of a period number: the inverse of period_index, of the product's ds_type.
    ds is the first day or instant of the period, except for ME, QE and YE, which are named by their last day.
-#}
{% macro period_from_index(index) -%}
{%- set freq = var('freq') -%}
{%- if sub_daily_seconds() -%}
make_timestamp(cast({{ index }} as bigint) * {{ sub_daily_seconds() * 1000000 }})
{%- elif freq == 'D' -%}
(date '1970-01-01' + cast({{ index }} as integer))
{%- elif freq.startswith('W') -%}
(date '1970-01-01' + cast(({{ index }}) * 7 + {{ week_offset() }} as integer))
{%- elif freq.startswith('MS') -%}
{{ first_month_of_period(index, 1) }}
{%- elif freq.startswith('M') -%}
last_day({{ first_month_of_period(index, 1) }})
{%- elif freq.startswith('QS') -%}
{{ first_month_of_period(index, 3) }}
{%- elif freq.startswith('Q') -%}
last_day(cast({{ first_month_of_period(index, 3) }} + interval 2 month as date))
{%- elif freq.startswith('YS') -%}
make_date({{ index }}, 1, 1)
{%- else -%}
make_date({{ index }}, 12, 31)
{%- endif -%}
{%- endmacro %}
