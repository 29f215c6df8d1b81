-- How often each kind of event happened on each day (UTC).
-- in: since TIMESTAMPTZ = NULL · from then on
-- in: before TIMESTAMPTZ = NULL · up to, not including
-- out: day DATE, name VARCHAR, times BIGINT, records BIGINT
SELECT CAST(occurred_at AS DATE) AS day, name, count(*) AS times, count(DISTINCT record) AS records
FROM events
WHERE ($since IS NULL OR occurred_at >= $since) AND ($before IS NULL OR occurred_at < $before)
GROUP BY 1, 2
ORDER BY 1, 2
