{{ judged(
    ref('stg_rossmann__stores'),
    key=['store_id'],
    content=[
        'store_type', 'assortment', 'competition_distance', 'competition_open_since_month',
        'competition_open_since_year', 'has_promo2', 'promo2_since_week', 'promo2_since_year', 'promo_interval'
    ]
) }}
