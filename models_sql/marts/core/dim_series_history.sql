with

series as (

    select * from {{ ref('int_series') }}

),

-- A delivery that was read anew after a change of the cleaning leaves a version that never held: from and to are equal.
versions as (

    select *
    from {{ ref('series_attributes_snapshot') }}
    where
        dbt_valid_from <= timestamp '{{ var('as_of') }}'
        and (dbt_valid_to is null or dbt_valid_to > dbt_valid_from)

),

deliveries as (

    select * from {{ ref('int_deliveries') }}

),

-- What a delivery says holds from the last period that was told by then; nobody knew it for an earlier one.
dated_versions as (

    select
        versions.*,
        row_number() over (partition by versions.unique_id order by versions.dbt_valid_from) as version,
        coalesce(
            deliveries.covered_until,
            {{ period_index('cast(versions.dbt_valid_from as ' ~ var('ds_type') ~ ')') }}
        ) as told_period
    from versions
    asof left join deliveries on versions.dbt_valid_from >= deliveries.delivered_at

),

-- Of several versions told before the next period began, the last one counts.
one_version_per_period as (

    select
        dated_versions.*,
        case when dated_versions.version > 1 then dated_versions.told_period end as valid_from_period
    from dated_versions
    window same_series as (partition by dated_versions.unique_id order by dated_versions.version)
    qualify
        dated_versions.version = 1
        or coalesce(lead(dated_versions.told_period) over same_series > dated_versions.told_period, true)

)

select
    series.unique_id,
    series.series_number,
    cast(row_number() over same_series as integer) as version,
    {%- for slot in var('attribute_slots') %}
    versions.{{ adapter.quote(slot) }},
    {%- endfor %}
    cast({{ period_from_index('versions.valid_from_period') }} as {{ var('ds_type') }}) as valid_from,
    cast(
        {{ period_from_index('lead(versions.valid_from_period) over same_series') }} as {{ var('ds_type') }}
    ) as valid_to,
    cast(versions.valid_from_period as integer) as valid_from_period,
    cast(lead(versions.valid_from_period) over same_series as integer) as valid_to_period,
    lead(versions.version) over same_series is null as is_current,
    versions.ends_at,
    versions.dbt_valid_from as delivered_at
from one_version_per_period as versions
inner join series on versions.unique_id = series.unique_id
window same_series as (partition by versions.unique_id order by versions.version)
