-- How many customers had their last event of a kind so many whole days ago, from the state table.
-- in: event VARCHAR = Order Completed
-- in: now TIMESTAMPTZ
-- out: days BIGINT, customers BIGINT
SELECT CAST(floor(CAST(epoch_us(CAST($now AS TIMESTAMPTZ)) - epoch_us(last_at) AS DOUBLE) / 86400000000.0) AS BIGINT) AS days,
    count(*) AS customers
FROM (
    SELECT coalesce(r.customer, t.record) AS customer, max(t.last_at) AS last_at
    FROM tallies AS t LEFT JOIN redirects AS r ON r.record = t.record
    WHERE t.measure = $event
    GROUP BY 1
) AS latest
GROUP BY 1
ORDER BY 1
