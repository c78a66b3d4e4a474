{{ judged(
    ref('int_spain_entsoe__load_on_utc'),
    key=['local_started_at'],
    scope=['started_at'],
    content=['load_mw', 'operator_forecast_mw'],
    before=[
        ['nonexistent_hour', 'staging.started_at is null and staging.load_mw is null',
         "'the clock skips ' || named.local_started_at"],
        ['impossible_date', 'staging.started_at is null or ' ~ impossible_date('staging.started_at'),
         "'no such hour, or not yet measured: ' || named.local_started_at"],
        ['non_finite_number', 'not isfinite(staging.load_mw) or not isfinite(staging.operator_forecast_mw)',
         "'a load is not finite'"],
        ['negative_demand', 'staging.load_mw < 0', "'the load is ' || named.load_mw || ' MW'"]
    ]
) }}
