{#- History n of series s has the number s * stride + n: the cutoffs of a series fall into at most as many histories as
    there are cutoffs. Under latest truth a series has one history, with its own number. -#}
{%- macro feature_history_stride() -%}
{%- set n_windows = (var('n_windows') | int) + (var('n_calibration_windows', 2) | int) -%}
{%- set n_origins = (var('n_origins') | int)
    + ((var('horizon') | int) + (var('step_size') | int) * n_windows) // (var('origin_step') | int) -%}
{{- return(n_windows + n_origins + 1 if var('as_known_then') else 1) -}}
{%- endmacro -%}
