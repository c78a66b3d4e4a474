{{ judged(
    ref('stg_demo_shop__inventory'),
    key=['snapshot_date', 'store_code', 'product_code'],
    content=['on_hand'],
    before=[
        ['non_finite_number', 'not isfinite(staging.on_hand)', "'on_hand is not finite'"],
        ['impossible_date', impossible_date('staging.snapshot_date'),
         "'snapshot_date is ' || named.snapshot_date"]
    ]
) }}
