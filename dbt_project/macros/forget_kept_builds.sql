{#- A build that something touched is no longer what `forecasting.kept_builds` says. The pipeline builds one step at a
    time and names it in FORECAST_BUILD_STEP; a command from a shell may have built anything, so it forgets all. -#}
{% macro forget_kept_builds() %}
{% set built = [] %}
{% if execute %}
    {% for resource in selected_resources if not resource.startswith(('test.', 'unit_test.')) %}
        {% do built.append(resource) %}
    {% endfor %}
{% endif %}
{% if built %}
{% set step = env_var('FORECAST_BUILD_STEP', '') %}
delete from forecasting.kept_builds{{ " where step = '" ~ step ~ "'" if step }}
{% else %}
select 1
{% endif %}
{% endmacro %}
