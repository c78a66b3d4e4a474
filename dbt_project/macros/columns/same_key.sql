{#- Join condition: two relations name the same series. Unused key slots are NULL on both sides and are left out. -#}
{% macro same_key(left_relation, right_relation) -%}
{%- for slot in range(var('keys') | length) -%}
{{ left_relation }}.key_{{ slot + 1 }} = {{ right_relation }}.key_{{ slot + 1 }}
{{- '\n            and ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
