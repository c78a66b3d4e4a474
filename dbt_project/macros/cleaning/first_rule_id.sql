{#- The first rule that a staged row fails before duplicates are looked for; NULL for none. -#}
{% macro first_rule_id(key, before) -%}
case
    when staging.parse_error is not null then 'unparsable_value'
{%- for column in key %}
    when staging.{{ column }} is null then 'missing_key'
{%- endfor %}
{%- for rule_id, condition, reason in before %}
    when {{ condition }} then '{{ rule_id }}'
{%- endfor %}
end
{%- endmacro %}
