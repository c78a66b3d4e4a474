{%- set keys = quoted(var('keys')) %}
{%- set drivers = quoted(tidy_drivers('drivers') | map(attribute='name'), prefix='driver ') %}
{{ judged(
    ref('stg_tidy__drivers'),
    key=['observed_at'],
    content=drivers + ['known_at'],
    scope=keys,
    before=[
        ['impossible_date', impossible_period('staging.observed_at', 'null'),
         "'the time of the row is ' || named.observed_at"]
    ]
) }}
