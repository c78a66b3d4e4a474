{#-
    key_1..key_4 of a canonical model: the product's keys, in its order, from the columns this source system offers.
    available: {business key: SQL expression}; unused slots are NULL.
-#}
{% macro key_columns(available) -%}
{%- set keys = var('keys') -%}
{%- for slot in range(4) %}
{%- if slot < keys | length and keys[slot] not in available and execute %}
{{ exceptions.raise_compiler_error("key '" ~ keys[slot] ~ "' is unknown to source system '" ~ var('source_system') ~ "'; expected one of " ~ available.keys() | join(', ') ~ "; change keys in the product file") }}
{%- endif %}
{{ available[keys[slot]] if slot < keys | length else 'cast(null as varchar)' }} as key_{{ slot + 1 }}{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro %}
