{{ judged(
    ref('stg_rossmann__planned_days'),
    key=['store_id', 'planned_date'],
    content=['is_open', 'has_promo', 'has_school_holiday', 'state_holiday'],
    before=[
        ['impossible_date', "staging.planned_date < date '1990-01-01'", "'Date is ' || named.planned_date"],
        ['value_out_of_set', 'staging.is_open not in (0, 1)', "'Open: expected 0 or 1, found ' || named.is_open"],
        ['unknown_store',
         'staging.store_id not in (select known.store_id from ' ~ ref('int_rossmann__stores_judged')
         ~ ' as known where known.rule_id is null)',
         "'Store ' || named.store_id || ' is not in store.csv'"]
    ]
) }}
