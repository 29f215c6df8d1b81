-- What each customer has bought: first and last time, on how many days (UTC), how often, for how much.
-- in: event VARCHAR = Order Completed · the name of the event that is a purchase
-- in: before TIMESTAMPTZ = NULL · only purchases before
-- out: customer BIGINT, first_at TIMESTAMPTZ, last_at TIMESTAMPTZ, days BIGINT, times BIGINT, total DOUBLE
SELECT coalesce(r.customer, e.record) AS customer, min(e.occurred_at) AS first_at,
    max(e.occurred_at) AS last_at, count(DISTINCT CAST(e.occurred_at AS DATE)) AS days,
    count(*) AS times, sum(coalesce(e.value, e.revenue, e.total, 0)) AS total
FROM events AS e LEFT JOIN redirects AS r ON r.record = e.record
WHERE e.name = $event AND ($before IS NULL OR e.occurred_at < $before)
GROUP BY 1
ORDER BY 1
