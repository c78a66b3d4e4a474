{#-
    The driver or attribute columns of a canonical model, in the product's order: what this source system offers,
    NULL where it offers nothing under that name.
    slots: var('driver_slots') or var('attribute_slots'); available: {name: SQL expression}.
-#}
{% macro slot_columns(slots, available, data_type) -%}
{%- for slot in slots -%}
cast({{ available.get(slot, 'null') }} as {{ data_type }}) as {{ adapter.quote(slot) }}
{{- ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
