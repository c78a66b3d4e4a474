{#-
    How observations of the user's own data are judged; the judged model and its table of repeated rows share it.
    Returns {key, content, before}, the parameters of judged().
-#}
{% macro tidy_observation_rules() -%}
{%- set key = quoted(var('keys')) -%}
{%- set content = ['target'] + quoted(tidy_drivers('observations') | map(attribute='name'), prefix='driver ') -%}
{%- set before = [
    ['non_finite_number', 'not isfinite(staging.target)', "'the target is not a finite number'"],
    ['impossible_date', impossible_period('staging.observed_at', 'staging.target'),
     "'the time of the row is ' || named.observed_at"]
] -%}
{%- if not var('allow_negative') -%}
{%- do before.append(['negative_demand', 'staging.target < 0', "'the target is ' || named.target"]) -%}
{%- endif -%}
{{ return({'key': key + ['observed_at'], 'content': content, 'before': before}) }}
{%- endmacro %}
