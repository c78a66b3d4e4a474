{#- How many of the columns <prefix>1 to <prefix>n are known. -#}
{%- macro feature_known_count(prefix, n) -%}
{%- for number in range(1, n + 1) %}
{{ '+ ' if not loop.first }}({{ prefix }}{{ number }} is not null)::integer
{%- endfor %}
{%- endmacro -%}
