{% macro create_forecasting_tables() %}
{% set ds_type = var('ds_type') %}
{% set contracts = var('feature_contracts') %}
create schema if not exists forecasting;

create table if not exists forecasting.runs (
    run_id varchar not null, product varchar not null, as_of timestamp, cutoff {{ ds_type }},
    config_hash varchar, data_hash varchar, code_version varchar, generated_at timestamp
);
create table if not exists forecasting.forecasts (
    unique_id varchar not null, cutoff {{ ds_type }} not null, ds {{ ds_type }} not null, model varchar not null,
    yhat double, forecast_source varchar, model_version varchar, run_id varchar not null, generated_at timestamp
);
create table if not exists forecasting.forecast_quantiles (
    unique_id varchar not null, cutoff {{ ds_type }} not null, ds {{ ds_type }} not null, model varchar not null,
    quantile_level double not null, yhat double, run_id varchar not null
);
create table if not exists forecasting.trials (
    trial integer not null, source varchar not null, tuning_window varchar not null, parameters varchar not null,
    wape double, note varchar, is_chosen boolean not null, run_id varchar not null
);
create table if not exists forecasting.contributions (
    unique_id varchar not null, cutoff {{ ds_type }} not null, ds {{ ds_type }} not null, model varchar not null,
    feature varchar not null, contribution double not null, run_id varchar not null
);
create table if not exists forecasting.backtest_forecasts (
    unique_id varchar not null, cutoff {{ ds_type }} not null, ds {{ ds_type }} not null, model varchar not null,
    h integer not null, y double, yhat double, forecast_source varchar, run_id varchar not null
);
create table if not exists forecasting.backtest_quantiles (
    unique_id varchar not null, cutoff {{ ds_type }} not null, ds {{ ds_type }} not null, model varchar not null,
    quantile_level double not null, yhat double, run_id varchar not null
);
create table if not exists forecasting.model_choices (
    unique_id varchar not null, cutoff {{ ds_type }} not null, model varchar not null, reason varchar,
    run_id varchar not null
);
create table if not exists forecasting.series_failures (
    run_id varchar not null, unique_id varchar not null, model varchar not null, cutoff {{ ds_type }},
    reason varchar, fallback_model varchar
);
create table if not exists forecasting.backtest_configurations (
    run_id varchar not null, configuration varchar not null
);
create table if not exists forecasting.candidate_verdicts (
    run_id varchar not null, model varchar not null, is_candidate boolean, reason varchar, cpu_seconds double
);
create table if not exists forecasting.model_versions (
    model_version varchar not null, model varchar not null, run_id varchar not null, cutoff {{ ds_type }},
    as_of timestamp, n_rows bigint, n_series bigint, feature_schema_hash varchar, parameters varchar,
    sha256 varchar, bundle varchar, code_version varchar, generated_at timestamp
);
create table if not exists forecasting.feature_importance (
    model_version varchar not null, feature varchar not null, gain double, rank integer
);
create table if not exists forecasting.bias_decisions (
    run_id varchar not null, segment varchar not null, cutoff {{ ds_type }}, is_enabled boolean, is_applied boolean,
    kind varchar, amount double, n_windows integer, mean_bias double, bias_before double, bias_after double,
    reason varchar
);
create table if not exists forecasting.feature_coverage (
    run_id varchar not null, feature varchar not null, n_rows bigint not null, n_known bigint not null
);
-- A plan that does not reach over the horizon is a promise that nobody kept; other features may be empty rightly.
-- A view, because the check of a run reads it before the marts are built: both read the rule here.
create or replace view forecasting.feature_coverage_by_contract as
with contracts (feature, min_coverage) as (
    values {% for feature, share in contracts.items() %}('{{ feature }}', {{ share }}::double), {% endfor %}
    (null::varchar, null::double)
)
select
    coverage.run_id,
    coverage.feature,
    coverage.n_rows,
    coverage.n_known,
    contracts.min_coverage,
    coverage.n_known >= contracts.min_coverage * coverage.n_rows as is_covered
from forecasting.feature_coverage as coverage
left join contracts on coverage.feature = contracts.feature;
create table if not exists forecasting.promotions (
    decision_id varchar not null, product varchar not null, model_version varchar not null, from_stage varchar,
    to_stage varchar not null, decided_by varchar, reason varchar, decided_at timestamp
);
create table if not exists forecasting.check_results (
    run_id varchar not null, check_name varchar not null, subject varchar, layer varchar, severity varchar,
    passed boolean, observed double, threshold double, detail varchar, checked_at timestamp
);
create table if not exists forecasting.run_cost (
    run_id varchar not null, step varchar not null, wall_s double, cpu_s double, peak_rss_mb double, rows_out bigint
);
create table if not exists forecasting.run_inputs (
    run_id varchar not null, stage varchar not null, version varchar not null, name varchar not null,
    delivered_at timestamp not null, n_rows bigint not null, digest varchar not null
);
create table if not exists forecasting.failed_rows (
    run_id varchar not null, launch_id varchar not null, step varchar not null, test_name varchar not null,
    tested varchar not null, severity varchar not null, n_failures bigint not null, row_number integer not null,
    failed_row varchar not null
);
create table if not exists forecasting.leak_alarms (
    run_id varchar not null, subject varchar not null, observed double not null, threshold double not null,
    detail varchar not null
);
create table if not exists forecasting.live_run (run_id varchar not null);
create table if not exists forecasting.kept_builds (
    step varchar not null, fingerprint varchar not null, checks varchar not null
);
create table if not exists forecasting.recorded_deliveries (
    delivered_at timestamp not null, fingerprint varchar not null
);
{% endmacro %}
