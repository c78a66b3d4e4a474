{{ judged(
    ref('stg_demo_shop__stores'),
    key=['store_code'],
    content=['store_name', 'region', 'store_format', 'opened_date']
) }}
