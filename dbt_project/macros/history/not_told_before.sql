{#-
    Whether a delivery is not older than the last one of which the snapshot of the attributes holds a version: a build as
    of an earlier date must not write its state as the newest. The snapshot reads the model that asks, so the model
    cannot refer to it.
-#}
{% macro not_told_before(delivered_at) -%}
{%- set name = 'series_attributes_snapshot' -%}
{%- set versions = adapter.get_relation(this.database, this.schema, name) if execute else none -%}
{%- if versions is none -%}
true
{%- else -%}
{{ delivered_at }} >= coalesce((select max(told.dbt_valid_from) from {{ versions }} as told), {{ delivered_at }})
{%- endif -%}
{%- endmacro %}
