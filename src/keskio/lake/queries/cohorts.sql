-- Customers by the month (UTC) of their first event of a kind, and in how many months behind it they had
-- one again; month 0 is the cohort's size.
-- in: event VARCHAR = Order Completed
-- out: cohort DATE, month BIGINT, customers BIGINT
WITH monthly AS (
    SELECT DISTINCT coalesce(r.customer, e.record) AS customer,
        CAST(extract(year FROM e.occurred_at) * 12 + extract(month FROM e.occurred_at) - 1 AS BIGINT) AS month
    FROM events AS e LEFT JOIN redirects AS r ON r.record = e.record
    WHERE e.name = $event
), begun AS (
    SELECT customer, min(month) AS cohort FROM monthly GROUP BY customer
)
SELECT make_date(CAST(floor(b.cohort / 12) AS INTEGER), CAST(b.cohort % 12 + 1 AS INTEGER), 1) AS cohort,
    m.month - b.cohort AS month, count(*) AS customers
FROM monthly AS m JOIN begun AS b ON b.customer = m.customer
GROUP BY 1, 2
ORDER BY 1, 2
