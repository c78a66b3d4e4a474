{#- First instant of the period with this number, as a timestamp. -#}
{% macro period_start(index) -%}
{%- set freq = var('freq') -%}
{%- if freq.startswith('ME') or freq == 'M' -%}
cast({{ first_month_of_period(index, 1) }} as timestamp)
{%- elif freq.startswith('QE') or freq == 'Q' -%}
cast({{ first_month_of_period(index, 3) }} as timestamp)
{%- elif freq.startswith('YE') or freq == 'Y' -%}
cast(make_date({{ index }}, 1, 1) as timestamp)
{%- else -%}
cast({{ period_from_index(index) }} as timestamp)
{%- endif -%}
{%- endmacro %}
