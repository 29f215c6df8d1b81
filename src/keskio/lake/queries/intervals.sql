-- How many days lie between one event of a kind and the customer's next one: whole days, and how often.
-- in: event VARCHAR = Order Completed
-- out: days BIGINT, times BIGINT
SELECT CAST(floor(CAST(epoch_us(later) - epoch_us(occurred_at) AS DOUBLE) / 86400000000.0) AS BIGINT) AS days,
    count(*) AS times
FROM (
    SELECT customer, occurred_at, lead(occurred_at) OVER () AS later, lead(customer) OVER () AS next_customer
    FROM events_by_customer
    WHERE name = $event
) AS walked
WHERE next_customer = customer
GROUP BY 1
ORDER BY 1
