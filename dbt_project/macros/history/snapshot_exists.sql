{#- Whether the snapshot that is being built has versions already. -#}
{% macro snapshot_exists() -%}
{%- if not execute -%}{{ return(false) }}{%- endif -%}
{{ return(adapter.get_relation(this.database, this.schema, this.identifier) is not none) }}
{%- endmacro %}
