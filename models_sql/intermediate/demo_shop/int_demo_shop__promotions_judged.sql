{{ judged(
    ref('stg_demo_shop__promotions'),
    key=['promotion_id', 'product_code', 'region'],
    content=['start_date', 'end_date', 'discount_pct', 'announced_at'],
    before=[
        ['non_finite_number', 'not isfinite(staging.discount_pct)', "'discount_pct is not finite'"],
        ['impossible_date', 'staging.end_date < staging.start_date or staging.start_date is null',
         "'the promotion ends before it starts, or has no start'"]
    ]
) }}
