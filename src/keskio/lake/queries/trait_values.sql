-- The values of traits and how many customers have each; numbers as they are, texts as they are.
-- in: name VARCHAR = NULL · only this trait
-- out: name VARCHAR, kind VARCHAR, text VARCHAR, number DOUBLE, customers BIGINT
SELECT name, kind, text, number, count(DISTINCT customer) AS customers
FROM traits
WHERE $name IS NULL OR name = $name
GROUP BY name, kind, text, number
ORDER BY name, kind, text NULLS FIRST, number NULLS FIRST
