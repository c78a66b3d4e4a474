{#-
    The key columns of a relation that has all four slots. A slot that the product does not use is told as NULL and not
    asked for: published tables lack it, and a view that asked could not be published as a view.
-#}
{%- macro business_keys(relation) -%}
{%- for slot in var('key_slots') %}
{%- if slot in var('keys') %}
    {{ relation }}.{{ adapter.quote(slot) }},
{%- else %}
    cast(null as varchar) as {{ adapter.quote(slot) }},
{%- endif %}
{%- endfor %}
{%- endmacro -%}
