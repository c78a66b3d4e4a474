{#- The quarter of the horizon in which a step lies, named by its first and last step: 1-7, 8-14, ... -#}
{%- macro metric_h_bucket(h) -%}
{%- set width = ((var('horizon') | int) + 3) // 4 -%}
(({{ h }} - 1) // {{ width }} * {{ width }} + 1)
    || '-' || least(({{ h }} - 1) // {{ width }} * {{ width }} + {{ width }}, {{ var('horizon') }})
{%- endmacro -%}
