-- How many customers in force had any event in each month (UTC), and how many events.
-- out: month DATE, customers BIGINT, events BIGINT
SELECT CAST(date_trunc('month', e.occurred_at) AS DATE) AS month,
    count(DISTINCT c.customer) AS customers, count(*) AS events
FROM events AS e LEFT JOIN redirects AS r ON r.record = e.record
    JOIN customers AS c ON c.customer = coalesce(r.customer, e.record)
GROUP BY 1
ORDER BY 1
