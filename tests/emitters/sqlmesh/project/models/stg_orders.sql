MODEL (name staging.orders, kind FULL, audits (not_null(columns := (order_id))));
SELECT id::INT AS order_id, UPPER(country)::TEXT AS country, (cents / 100.0)::DOUBLE AS amount FROM raw.orders WHERE cents > 0
