{{ judged(
    ref('stg_demo_shop__products'),
    key=['product_code'],
    content=['product_name', 'category', 'department', 'pack_size', 'unit_cost', 'launch_date', 'discontinued_date'],
    before=[
        ['impossible_date', 'staging.discontinued_date < staging.launch_date',
         "'discontinued_date is before launch_date'"]
    ]
) }}
