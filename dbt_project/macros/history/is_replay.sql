{#- Whether an earlier delivery is built again, only to write down what it changed. -#}
{% macro is_replay() -%}
{{ return(env_var('FORECAST_REPLAY', '') == 'true') }}
{%- endmacro %}
