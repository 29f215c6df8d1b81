-- Equal buying histories and how many customers have each, as BG/NBD asks for them: x repeat purchases
-- (days with one, but the first), the last of them t_x days after the first, T days watched; never rounded.
-- in: event VARCHAR = Order Completed · the name of the event that is a purchase
-- in: before TIMESTAMPTZ · when watching ends
-- out: x BIGINT, t_x DOUBLE, T DOUBLE, customers BIGINT
SELECT days - 1 AS x,
    CASE WHEN days > 1 THEN CAST(epoch_us(last_at) - epoch_us(first_at) AS DOUBLE) / 86400000000.0
        ELSE CAST(0 AS DOUBLE) END AS t_x,
    CAST(epoch_us(CAST($before AS TIMESTAMPTZ)) - epoch_us(first_at) AS DOUBLE) / 86400000000.0 AS T,
    count(*) AS customers
FROM (
    SELECT coalesce(r.customer, e.record) AS customer, min(e.occurred_at) AS first_at,
        max(e.occurred_at) AS last_at, count(DISTINCT CAST(e.occurred_at AS DATE)) AS days
    FROM events AS e LEFT JOIN redirects AS r ON r.record = e.record
    WHERE e.name = $event AND e.occurred_at < $before
    GROUP BY 1
) AS bought
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
