{#- What a list that begins with period `first_index` holds for a period; null outside of it. Index 0 is null in
    DuckDB, a negative one would count from the end, which is the future. -#}
{%- macro feature_at(periods, period_index, first_index) -%}
{{ periods }}[greatest({{ period_index }} - {{ first_index }} + 1, 0)]
{%- endmacro -%}
