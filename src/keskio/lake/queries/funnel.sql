-- How many customers did the first thing, then later the second, then later the third.
-- One pass over events in the order of customer and time: `walk` is the customer's own number and never
-- falls, so that the greatest so far tells whether this very customer has taken a step. Only events from
-- the customer's first step on are looked at further.
-- in: first VARCHAR · names of three different events
-- in: second VARCHAR
-- in: third VARCHAR
-- in: since TIMESTAMPTZ = NULL · only events from then on
-- in: before TIMESTAMPTZ = NULL · only events before
-- out: did_first BIGINT, did_second BIGINT, did_third BIGINT
WITH walked AS (
    SELECT customer, walk, occurred_at, id,
        CASE name WHEN $first THEN 1 WHEN $second THEN 2 ELSE 3 END AS step
    FROM events_by_customer
    WHERE name IN ($first, $second, $third)
        AND ($since IS NULL OR occurred_at >= $since) AND ($before IS NULL OR occurred_at < $before)
), one AS (
    SELECT *, max(CASE WHEN step = 1 THEN walk END)
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS a
    FROM walked
), two AS (
    SELECT *, max(CASE WHEN step = 2 THEN walk END)
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS b
    FROM one
    WHERE a = walk
), three AS (
    SELECT *, lead(walk) OVER () AS later, max(CASE WHEN step = 3 AND b = walk THEN walk END)
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS c
    FROM two
)
SELECT count(*) AS did_first, count(CASE WHEN b = walk THEN 1 END) AS did_second,
    count(CASE WHEN c = walk THEN 1 END) AS did_third
FROM three
WHERE later IS DISTINCT FROM walk
