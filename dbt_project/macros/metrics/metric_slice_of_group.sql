{#- Which slice a group of grouping sets over `metric_slices` belongs to: its name or its value. -#}
{%- macro metric_slice_of_group(told) -%}
case
{%- for slice, period in metric_slices().items() %}
    when grouping({{ period.column }}) = 0 then {{ "'" ~ slice ~ "'" if told == 'name' else period.value }}
{%- endfor %}
end
{%- endmacro -%}
