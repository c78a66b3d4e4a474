{%- set entity = var('tidy').get('attribute_entity', 'attributes') %}
{%- set values = {} %}
{%- set judged_rows = ref('int_tidy__' ~ entity ~ '_judged') %}
{%- for name in tidy_attributes(entity) %}
{%- set column = 'judged_rows.' ~ adapter.quote('attribute ' ~ name) %}
{%- do values.update({
    name: ('arg_max(' ~ column ~ ', judged_rows.observed_at)') if entity == 'observations' else ('max(' ~ column ~ ')')
}) %}
{%- endfor %}
with

judged_rows as (

    select * from {{ judged_rows }}
    where {{ 'rule_id is null' if values else 'false' }}

),

keyed_rows as (

    select
        {{ key_columns(tidy_keys('judged_rows')) }},
        judged_rows.*
    from judged_rows

),

-- Repeated in the observations, an attribute is what the latest row says.
one_row_per_key as (

    select
        judged_rows.key_1,
        judged_rows.key_2,
        judged_rows.key_3,
        judged_rows.key_4,
        {{ slot_columns(var('attribute_slots'), values, 'varchar') }},
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from keyed_rows as judged_rows
    group by judged_rows.key_1, judged_rows.key_2, judged_rows.key_3, judged_rows.key_4

)

select * from one_row_per_key
