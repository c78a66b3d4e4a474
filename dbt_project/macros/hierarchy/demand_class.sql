{#- The limits are those of Syntetos, Boylan and Croston (2005). -#}
{% macro demand_class(average_demand_interval, squared_variation) -%}
case
    when {{ average_demand_interval }} is null then 'none'
    when {{ average_demand_interval }} < 1.32 and {{ squared_variation }} < 0.49 then 'smooth'
    when {{ average_demand_interval }} < 1.32 then 'erratic'
    when {{ squared_variation }} < 0.49 then 'intermittent'
    else 'lumpy'
end
{%- endmacro %}
