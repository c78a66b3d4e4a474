{#- Sum of the known values among the columns <prefix>1 to <prefix>n; 0 when none is known. -#}
{%- macro feature_known_sum(prefix, n) -%}
{%- for number in range(1, n + 1) %}
{{ '+ ' if not loop.first }}coalesce({{ prefix }}{{ number }}, 0)
{%- endfor %}
{%- endmacro -%}
