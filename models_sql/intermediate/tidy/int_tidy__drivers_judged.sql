{%- set keys = [] %}
{%- for key in var('keys') %}{% do keys.append(adapter.quote(key)) %}{% endfor %}
{%- set drivers = [] %}
{%- for driver in tidy_drivers('drivers') %}{% do drivers.append(adapter.quote('driver ' ~ driver.name)) %}{% endfor %}
{{ judged(
    ref('stg_tidy__drivers'),
    key=['observed_at'],
    content=drivers,
    scope=keys,
    before=[
        ['impossible_date', impossible_period('staging.observed_at', 'null'),
         "'the time of the row is ' || named.observed_at"]
    ]
) }}
