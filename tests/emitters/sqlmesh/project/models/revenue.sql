MODEL (name marts.revenue, kind FULL);
SELECT country::TEXT AS country, SUM(amount)::DOUBLE AS revenue, COUNT(order_id)::BIGINT AS orders FROM staging.orders GROUP BY country
