{#- One number for what all binary drivers known ahead say: one bit each, in the order of the product; unknown counts
    as off. -#}
{%- macro feature_driver_state() -%}
cast(
    0
{%- for driver in feature_drivers('binary') %}
    + case when {{ adapter.quote(driver) }} <> 0 then {{ 2 ** loop.index0 }} else 0 end
{%- endfor %} as integer
)
{%- endmacro -%}
