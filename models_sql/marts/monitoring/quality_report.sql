{%- set reported = {
    'dim_series': {
        'counted': ['unique_id', 'level', 'parent_id', 'status', 'demand_class'],
        'ranged': ['first_ds', 'last_ds', 'n_observations']
    },
    'fct_observations': {
        'counted': ['missing_kind', 'is_imputed', 'is_stockout', 'is_outlier', 'is_partial'],
        'ranged': ['series_number', 'ds', 'y', 'known_at']
    },
    'fct_drivers': {'counted': [], 'ranged': ['ds', 'known_at'] + var('driver_slots')}
} -%}
with

live_cutoff as (

    select {{ live_cutoff_index(ref('int_observations_conformed')) }} as cutoff_index

),

{%- for table_name, columns in reported.items() %}

profile_of_{{ table_name }} as (

    -- One pass over the table, whatever the number of its columns.
    select
        count(*) as n_rows,
        [
            {%- for column in columns.counted + columns.ranged %}
            {%- set name = adapter.quote(column) %}
            {
                'column_name': '{{ column }}',
                'n_filled': count({{ name }}),
                'n_distinct': {{ 'count(distinct ' ~ name ~ ')' if column in columns.counted else 'null' }},
                'min_value': cast(min({{ name }}) as varchar),
                'max_value': cast(max({{ name }}) as varchar)
            }{{ ',' if not loop.last }}
            {%- endfor %}
        ] as profiles
    from {{ ref(table_name) }}

),
{%- endfor %}

every_profile as (

    {%- for table_name in reported %}
    select
        'marts.{{ table_name }}' as table_name,
        n_rows,
        unnest(profiles) as profile
    from profile_of_{{ table_name }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    '{{ var('product') }}' as product,
    cast({{ period_from_index('live_cutoff.cutoff_index') }} as {{ var('ds_type') }}) as cutoff,
    every_profile.table_name,
    every_profile.profile['column_name'] as column_name,
    cast(every_profile.n_rows as bigint) as n_rows,
    cast(every_profile.n_rows - every_profile.profile['n_filled'] as bigint) as n_nulls,
    (every_profile.n_rows - every_profile.profile['n_filled']) / nullif(every_profile.n_rows, 0) as null_share,
    cast(every_profile.profile['n_distinct'] as bigint) as n_distinct,
    every_profile.profile['min_value'] as min_value,
    every_profile.profile['max_value'] as max_value
from every_profile
cross join live_cutoff
