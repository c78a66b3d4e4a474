{#- A build that something touched is no longer what `forecasting.kept_builds` says. The pipeline builds one step at a
    time and names it in FORECAST_BUILD_STEP; a command from a shell may have built anything, so it forgets all. -#}
{% macro forget_kept_builds() %}
{%- set tests = ('test.', 'unit_test.') -%}
{%- set ns = namespace(builds=false) -%}
{%- for resource in (selected_resources if execute else []) if not resource.startswith(tests) -%}
{%- set ns.builds = true -%}
{%- endfor -%}
{%- set step = env_var('FORECAST_BUILD_STEP', '') -%}
{%- if not ns.builds -%}
select 1
{%- elif step -%}
delete from forecasting.kept_builds where step = '{{ step }}'
{%- else -%}
delete from forecasting.kept_builds
{%- endif -%}
{% endmacro %}
