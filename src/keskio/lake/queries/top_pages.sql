-- The pages most looked at.
-- in: since TIMESTAMPTZ = NULL · from then on
-- in: limit BIGINT = 100
-- out: path VARCHAR, times BIGINT, records BIGINT
SELECT path, times, records
FROM (
    SELECT path, count(*) AS times, count(DISTINCT record) AS records,
        row_number() OVER (ORDER BY count(*) DESC, path) AS place
    FROM events
    WHERE path IS NOT NULL AND ($since IS NULL OR occurred_at >= $since)
    GROUP BY path
) AS counted
WHERE place <= $limit
ORDER BY place
