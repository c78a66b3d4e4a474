{%- set entity = var('tidy').get('driver_entity', 'observations') %}
{%- set drivers = tidy_drivers(entity) %}
{%- set values = {} %}
{%- set judged_rows = ref('int_tidy__' ~ entity ~ '_judged') %}
with

judged_rows as (

    select * from {{ judged_rows }}
    where {{ 'rule_id is null' if drivers else 'false' }}

),

{%- for driver in drivers if driver.kind == 'categorical' %}
{% set column = adapter.quote('driver ' ~ driver.name) %}
{{ adapter.quote('codes of ' ~ driver.name) }} as (

    -- Categories become numbers in alphabetical order, so that the same categories get the same numbers every time.
    select
        categories.category,
        dense_rank() over (order by categories.category) as code
    from (
        select distinct judged_rows.{{ column }} as category
        from judged_rows
        where judged_rows.{{ column }} is not null
    ) as categories

),
{% endfor %}

drivers as (

    select
        {{ key_columns(tidy_keys('judged_rows')) }},
        {{ period_index('judged_rows.observed_at') }} as period_index,
        {%- for driver in drivers %}
        {%- if driver.kind == 'categorical' %}
        {{ adapter.quote('codes of ' ~ driver.name) }}.code as {{ adapter.quote(driver.name) }},
        {%- do values.update({driver.name: 'max(' ~ adapter.quote(driver.name) ~ ')'}) %}
        {%- else %}
        judged_rows.{{ adapter.quote('driver ' ~ driver.name) }} as {{ adapter.quote(driver.name) }},
        {%- do values.update({
            driver.name: ('max(' if driver.kind == 'binary' else 'avg(') ~ adapter.quote(driver.name) ~ ')'
        }) %}
        {%- endif %}
        {%- endfor %}
        judged_rows.known_at
    from judged_rows
    {%- for driver in drivers if driver.kind == 'categorical' %}
    left join {{ adapter.quote('codes of ' ~ driver.name) }}
        on
            judged_rows.{{ adapter.quote('driver ' ~ driver.name) }}
            = {{ adapter.quote('codes of ' ~ driver.name) }}.category
    {%- endfor %}

),

one_row_per_period as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        {{ period_from_index('period_index') }} as ds,
        {{ slot_columns(var('driver_slots'), values, 'double') }},
        max(known_at) as known_at
    from drivers
    group by key_1, key_2, key_3, key_4, period_index

)

select * from one_row_per_period
