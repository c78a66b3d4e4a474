{#- Lengths of the rolling windows, in periods: the product's six, then the first three of the named ones (R-076,
    R-077) that it lacks. The contract of `features` repeats this expression: a contract's column names cannot call
    macros, and dbt compares the two. -#}
{%- macro feature_windows() -%}
{{- return(((var('windows') | list) + [4, 13, 30, 5, 10, 60]) | unique | list) -}}
{%- endmacro -%}
