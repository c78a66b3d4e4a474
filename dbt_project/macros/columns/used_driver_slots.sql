{#- The driver slots that the product has a driver for; the others go by their place and are null in every row. -#}
{%- macro used_driver_slots() -%}
{%- set used = [] -%}
{%- for slot in var('driver_slots') -%}
{%- if slot != 'driver_%02d' | format(loop.index) -%}
{%- do used.append(slot) -%}
{%- endif -%}
{%- endfor -%}
{{- return(used) -}}
{%- endmacro -%}
