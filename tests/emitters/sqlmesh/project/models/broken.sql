MODEL (name marts.broken, kind FULL);
SELECT order_id::INT AS order_id, error('the scales are broken')::TEXT AS weight FROM staging.orders
