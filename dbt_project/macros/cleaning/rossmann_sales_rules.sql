{#- How daily sales of Rossmann are judged; see judged() for the parameters. -#}
{% macro rossmann_sales_rules(stores) -%}
{{ return({
    'key': ['store_id', 'sold_date'],
    'content': ['sales', 'customers', 'is_open', 'has_promo', 'has_school_holiday', 'state_holiday'],
    'before': [
        ['non_finite_number', 'not isfinite(staging.sales) or not isfinite(staging.customers)',
         "'Sales or Customers is not finite'"],
        ['impossible_date', impossible_date('staging.sold_date'), "'Date is ' || named.sold_date"],
        ['negative_demand', 'staging.sales < 0', "'Sales is ' || named.sales"],
        ['value_out_of_set', 'staging.is_open not in (0, 1)', "'Open: expected 0 or 1, found ' || named.is_open"],
        ['unknown_store',
         'staging.store_id not in (select known.store_id from ' ~ stores ~ ' as known where known.rule_id is null)',
         "'Store ' || named.store_id || ' is not in store.csv'"]
    ]
}) }}
{%- endmacro %}
