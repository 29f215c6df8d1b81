-- The state table worked out from all events: what `tallies` holds of the names of events.
-- out: record BIGINT, measure VARCHAR, first_at TIMESTAMPTZ, last_at TIMESTAMPTZ, times BIGINT, total DOUBLE
SELECT record, name AS measure, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
    count(*) AS times, sum(coalesce(value, revenue, total, 0)) AS total
FROM events
GROUP BY record, name
ORDER BY record, measure
