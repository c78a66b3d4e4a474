with

stores as (

    select * from {{ ref('int_rossmann__stores_judged') }}
    where rule_id is null

),

attributes as (

    select
        {{ key_columns({'store': 'stores.store_id'}) }},
        {{ slot_columns(var('attribute_slots'), {
            'store_type': 'stores.store_type',
            'assortment': 'stores.assortment',
            'competition_distance': 'stores.competition_distance',
            'competition_open_since':
                'stores.competition_open_since_year * 12 + stores.competition_open_since_month',
            'promo2': 'cast(stores.has_promo2 as integer)',
            'promo2_since': 'stores.promo2_since_year * 53 + stores.promo2_since_week',
            'promo_interval': 'stores.promo_interval'
        }, 'varchar') }},
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from stores

)

select * from attributes
