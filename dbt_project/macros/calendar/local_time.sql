{#- A ds on the local clock of the business: below a day ds is UTC, at a day and above it is local already. -#}
{% macro local_time(ds) -%}
{%- if sub_daily_seconds() and var('timezone') != 'UTC' -%}
({{ ds }} at time zone 'UTC' at time zone '{{ var('timezone') }}')
{%- else -%}
cast({{ ds }} as timestamp)
{%- endif -%}
{%- endmacro %}
