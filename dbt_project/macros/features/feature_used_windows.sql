{#- The window lengths that are computed: of the named extra ones, daily products use 30 and the others 4 and 13; the
    rest stay null. -#}
{%- macro feature_used_windows() -%}
{%- set windows = feature_windows() -%}
{%- set named = [30] if var('freq') == 'D' else [4, 13] -%}
{{- return((windows[:6] | list) + (windows[6:9] | select('in', named) | list)) -}}
{%- endmacro -%}
