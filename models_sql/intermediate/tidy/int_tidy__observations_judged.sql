{%- set keys = [] %}
{%- for key in var('keys') %}{% do keys.append(adapter.quote(key)) %}{% endfor %}
{%- set drivers = [] %}
{%- for driver in tidy_drivers('observations') %}{% do drivers.append(adapter.quote('driver ' ~ driver.name)) %}{% endfor %}
{%- set rules = [
    ['non_finite_number', 'not isfinite(staging.target)', "'the target is not a finite number'"],
    ['impossible_date', impossible_period('staging.observed_at', 'staging.target'),
     "'the time of the row is ' || named.observed_at"]
] %}
{%- if not var('allow_negative') %}
{%- do rules.append(['negative_demand', 'staging.target < 0', "'the target is ' || named.target"]) %}
{%- endif %}
{{ judged(
    ref('stg_tidy__observations'),
    key=keys + ['observed_at'],
    content=['target'] + drivers,
    before=rules,
    duplicates=var('tidy').get('duplicates', 'latest')
) }}
