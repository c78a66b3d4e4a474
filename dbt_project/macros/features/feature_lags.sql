{#- Distances in periods, counted back from the first period after the cutoff, at which single observations become
    features. The columns of `features` cover every frequency (`all_lags`); the lags that mean nothing at the
    product's frequency stay null. -#}
{%- macro feature_lags(all_lags=false) -%}
{%- if all_lags -%}
{{- return([1, 2, 3, 4, 7, 13, 24, 30, 52, 168]) -}}
{%- elif var('freq') == 'D' -%}
{{- return([1, 2, 3, 7, 30]) -}}
{%- elif var('freq').startswith('W') -%}
{{- return([1, 2, 3, 4, 13, 52]) -}}
{%- elif var('freq') == 'h' -%}
{{- return([1, 2, 3, 4, 24, 168]) -}}
{%- else -%}
{{- return([1, 2, 3, 4]) -}}
{%- endif -%}
{%- endmacro -%}
