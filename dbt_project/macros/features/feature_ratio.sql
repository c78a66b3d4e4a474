{#- A ratio that is always finite: a denominator of zero counts as 1e-6 and the result stays within plus or minus 100
    (R-091). -#}
{%- macro feature_ratio(numerator, denominator) -%}
    case
        when {{ numerator }} is null or {{ denominator }} is null then null
        when {{ numerator }} = {{ denominator }} then 1
        else least(100, greatest(-100, {{ numerator }} / case when abs({{ denominator }}) < 1e-6 then 1e-6 else {{ denominator }} end))
    end
{%- endmacro -%}
