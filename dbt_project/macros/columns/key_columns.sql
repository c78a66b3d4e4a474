{#-
    key_1..key_4 of a canonical model: the product's keys, in its order, from the columns this source system offers.
    available: {business key: SQL expression}; unused slots are NULL.
-#}
{% macro key_columns(available) -%}
{%- set keys = var('keys') -%}
{%- for slot in range(4) -%}
{%- set key = keys[slot] if slot < keys | length else none -%}
{%- if key is not none and key not in available and execute -%}
{{ exceptions.raise_compiler_error(
    "key '" ~ key ~ "' is unknown to source system '" ~ var('source_system') ~ "'; expected one of "
    ~ available.keys() | join(', ') ~ "; change keys in the product file"
) }}
{%- endif -%}
{{ available.get(key, 'cast(null as varchar)') }} as key_{{ slot + 1 }}{{ ',\n        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
