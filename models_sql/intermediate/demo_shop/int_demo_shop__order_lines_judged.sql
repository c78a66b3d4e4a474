{{ judged(
    ref('int_demo_shop__order_lines_matched'),
    key=['order_id', 'line_id'],
    content=['reference_order_id', 'store_code', 'product_code', 'line_type', 'quantity', 'unit_price', 'ordered_at'],
    before=[
        ['missing_value',
         'staging.ordered_at is null or staging.quantity is null or staging.line_type is null',
         "'order_ts, quantity or line_type is empty'"],
        ['non_finite_number', 'not isfinite(staging.quantity) or not isfinite(staging.unit_price)',
         "'quantity or unit_price is not finite'"],
        ['unknown_line_type', "staging.line_type not in ('sale', 'return', 'cancel')",
         "'line_type: expected sale, return or cancel, found \"' || named.line_type || '\"'"],
        ['impossible_date', impossible_date('staging.ordered_at'), "'order_ts is ' || named.ordered_at"],
        ['unknown_store', 'not staging.is_known_store',
         "'store_code \"' || coalesce(named.store_code, '') || '\" is not in stores'"],
        ['unknown_product', 'not staging.is_known_product',
         "'product_code \"' || coalesce(named.product_code, '') || '\" is not in products'"]
    ],
    after=[
        ['cancellation', "staging.line_type = 'cancel'",
         "'cancels order ' || coalesce(named.reference_order_id, '(none named)')"],
        ['cancelled_line', 'staging.is_cancelled', "'a cancellation names this line'"],
        ['non_positive_quantity', "staging.line_type = 'sale' and staging.quantity <= 0",
         "'a sale of ' || named.quantity || ' units'"],
        ['non_positive_price', "staging.line_type = 'sale' and staging.unit_price <= 0",
         "'unit_price is ' || named.unit_price"]
    ]
) }}
