-- How often one kind of event directly follows another with the same customer.
-- in: since TIMESTAMPTZ = NULL · only events from then on
-- in: before TIMESTAMPTZ = NULL · only events before
-- out: name VARCHAR, next VARCHAR, times BIGINT
SELECT name, next, count(*) AS times
FROM (
    SELECT customer, name, lead(name) OVER () AS next, lead(customer) OVER () AS next_customer
    FROM events_by_customer
    WHERE ($since IS NULL OR occurred_at >= $since) AND ($before IS NULL OR occurred_at < $before)
) AS walked
WHERE next_customer = customer
GROUP BY name, next
ORDER BY name, next
