-- How many customers did the first thing, then later the second, then later the third.
-- One pass over events in the order of customer and time: n numbers the rows, a, b and c are the
-- numbers of the latest rows so far that took each step; those below `opened` are another customer's.
-- in: first VARCHAR · names of events
-- in: second VARCHAR
-- in: third VARCHAR
-- in: since TIMESTAMPTZ = NULL · only events from then on
-- in: before TIMESTAMPTZ = NULL · only events before
-- out: did_first BIGINT, did_second BIGINT, did_third BIGINT
WITH walked AS (
    SELECT customer, occurred_at, id, name, row_number() OVER () AS n,
        lag(customer) OVER () AS earlier, lead(customer) OVER () AS later
    FROM events_by_customer
    WHERE name IN ($first, $second, $third)
        AND ($since IS NULL OR occurred_at >= $since) AND ($before IS NULL OR occurred_at < $before)
), one AS (
    SELECT *,
        max(CASE WHEN earlier IS DISTINCT FROM customer THEN n END)
            OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opened,
        max(CASE WHEN name = $first THEN n END)
            OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS a
    FROM walked
), two AS (
    SELECT *, max(CASE WHEN name = $second AND a >= opened AND a < n THEN n END)
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS b
    FROM one
), three AS (
    SELECT *, max(CASE WHEN name = $third AND b >= opened AND b < n THEN n END)
        OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS c
    FROM two
)
SELECT count(CASE WHEN a >= opened THEN 1 END) AS did_first,
    count(CASE WHEN b >= opened THEN 1 END) AS did_second,
    count(CASE WHEN c >= opened THEN 1 END) AS did_third
FROM three
WHERE later IS DISTINCT FROM customer
