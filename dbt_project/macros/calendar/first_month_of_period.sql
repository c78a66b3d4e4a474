{#- First day of a period of whole months; months: how many it has. -#}
{% macro first_month_of_period(index, months) -%}
make_date(({{ index }}) * {{ months }} // 12, ({{ index }}) * {{ months }} % 12 + 1, 1)
{%- endmacro %}
