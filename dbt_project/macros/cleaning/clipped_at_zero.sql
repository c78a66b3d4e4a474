{#-
    Where the product rules out negative demand, returns can take a period down to zero, not below.
    What is cut off is the excess of returns over sales; the order lines keep it.
-#}
{% macro clipped_at_zero(expression) -%}
cast({{ expression if var('allow_negative') else 'greatest(' ~ expression ~ ', 0)' }} as double)
{%- endmacro %}
