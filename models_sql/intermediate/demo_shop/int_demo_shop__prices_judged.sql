{{ judged(
    ref('stg_demo_shop__prices'),
    key=['product_code', 'valid_from'],
    content=['list_price'],
    before=[
        ['non_finite_number', 'not isfinite(staging.list_price)', "'list_price is not finite'"],
        ['non_positive_price', 'staging.list_price <= 0', "'list_price is ' || named.list_price"]
    ]
) }}
