{#-
    How invoice lines of Online Retail are judged; see judged() for the parameters.

    The file has no line number, so lines with the same invoice and product add up, and only equal ones are duplicates.
    They are looked for before anything else, so that the log counts every one of them.
-#}
{% macro online_retail_line_rules() -%}
{{ return({
    'key': ['invoice_id', 'stock_code'],
    'content': ['customer_id', 'description', 'country', 'quantity', 'unit_price', 'invoiced_at'],
    'before': [
        ['missing_value', 'staging.quantity is null or staging.invoiced_at is null or staging.country is null',
         "'Quantity, InvoiceDate or Country is empty'"],
        ['non_finite_number', 'not isfinite(staging.quantity) or not isfinite(staging.unit_price)',
         "'Quantity or UnitPrice is not finite'"],
        ['impossible_date', impossible_date('staging.invoiced_at'), "'InvoiceDate is ' || named.invoiced_at"]
    ],
    'after': [
        ['non_product_code', "not regexp_matches(staging.stock_code, '^([0-9]{5}|DCGSS)')",
         "'StockCode ' || named.stock_code || ' is no product'"],
        ['stock_adjustment', 'staging.quantity <= 0 and not staging.is_credit',
         "'no credit note, yet Quantity is ' || named.quantity"],
        ['non_positive_price', 'staging.unit_price <= 0', "'UnitPrice is ' || named.unit_price"],
        ['cancellation', 'staging.is_credit and staging.is_matched', "'undoes a line of the two weeks before'"],
        ['cancelled_line', 'not staging.is_credit and staging.is_matched',
         "'a credit note of the two weeks after undoes this line'"]
    ]
}) }}
{%- endmacro %}
