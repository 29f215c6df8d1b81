-- Recency, frequency and money of each customer who has bought, from the state table.
-- in: event VARCHAR = Order Completed · the name of the event that is a purchase
-- out: customer BIGINT, last_at TIMESTAMPTZ, times BIGINT, total DOUBLE
SELECT c.customer, max(t.last_at) AS last_at, CAST(sum(t.times) AS BIGINT) AS times,
    sum(t.total) AS total
FROM tallies AS t LEFT JOIN redirects AS r ON r.record = t.record
    JOIN customers AS c ON c.customer = coalesce(r.customer, t.record)
WHERE t.measure = $event
GROUP BY c.customer
ORDER BY c.customer
