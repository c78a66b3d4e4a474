{#-
    Contiguous integer number of the period that holds a date (or, below a day, a UTC instant).
    The numbers are those of forecasting.periods.period_index; a test compares the two.
-#}
{% macro period_index(column) -%}
{%- set freq = var('freq') -%}
{%- if sub_daily_seconds() -%}
cast(epoch_us({{ column }}) // {{ sub_daily_seconds() * 1000000 }} as integer)
{%- elif freq == 'D' -%}
cast(date_diff('day', date '1970-01-01', cast({{ column }} as date)) as integer)
{%- elif freq.startswith('W') -%}
cast((date_diff('day', date '1970-01-01', cast({{ column }} as date)) - {{ week_offset() }}) // 7 as integer)
{%- elif freq.startswith('M') -%}
cast(year({{ column }}) * 12 + month({{ column }}) - 1 as integer)
{%- elif freq.startswith('Q') -%}
cast(year({{ column }}) * 4 + quarter({{ column }}) - 1 as integer)
{%- elif freq.startswith('Y') -%}
cast(year({{ column }}) as integer)
{%- else -%}
{{ exceptions.raise_compiler_error(
    "expected freq 5min, 15min, 30min, h, D, W-MON..W-SUN, MS, ME, QS, QE, YS or YE; found '" ~ freq
    ~ "'; change freq in the product file"
) }}
{%- endif -%}
{%- endmacro %}
