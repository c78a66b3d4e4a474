{#- Drivers that are known for the future, of one kind or of all: the only ones that may stand beside a target period
    (R-082). -#}
{%- macro feature_drivers(kind=none) -%}
{%- set chosen = [] -%}
{%- for driver in var('driver_slots') | list -%}
{%- if driver in var('drivers_known_ahead') and (kind is none or (var('driver_kinds') | list)[loop.index0] == kind) -%}
{%- do chosen.append(driver) -%}
{%- endif -%}
{%- endfor -%}
{{- return(chosen) -}}
{%- endmacro -%}
