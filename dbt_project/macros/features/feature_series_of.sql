{#- The number of the series that a history is one version of. -#}
{%- macro feature_series_of(history_number) -%}
{%- if var('as_known_then') -%}
{{ history_number }} // {{ feature_history_stride() }}
{%- else -%}
{{ history_number }}
{%- endif -%}
{%- endmacro -%}
