--
-- The tables of the tour, from the files of this folder (README.md).  Run from
-- the root of the checkout.
--
CREATE EXTENSION IF NOT EXISTS constropt;

-- A portfolio: a price history, and what one knows of the assets besides.
CREATE TABLE prices (asset text, month date, price float8, PRIMARY KEY (asset, month));
\copy prices FROM 'examples/prices.csv' (FORMAT csv, HEADER)

CREATE TABLE sectors (asset text PRIMARY KEY, sector text, cap float8);
INSERT INTO sectors VALUES
	('AAPL', 'hardware', 0.4), ('IBM', 'hardware', 0.4), ('MSFT', 'software', 0.4),
	('GOOG', 'internet', 0.4), ('AMZN', 'internet', 0.4), ('SP500', 'index', 0.4);

-- Monthly returns in the months that all assets have.
CREATE VIEW returns AS
SELECT asset, month, r
FROM (SELECT asset, month, price / lag(price) OVER (PARTITION BY asset ORDER BY month) - 1 AS r FROM prices) x
WHERE r IS NOT NULL
	AND month > (SELECT max(first) FROM (SELECT min(month) AS first FROM prices GROUP BY asset) y);

-- Expected return and covariance, by the year.
CREATE TABLE assets AS
SELECT asset, sector, cap, 12 * avg(r) AS mu
FROM returns JOIN sectors USING (asset)
GROUP BY asset, sector, cap;

CREATE TABLE covm AS
SELECT a.asset AS i, b.asset AS j, 12 * covar_samp(a.r, b.r) AS cov
FROM returns a JOIN returns b USING (month)
GROUP BY a.asset, b.asset;

-- An allocation: who ships to whom, at what freight per case.
CREATE TABLE plants (plant text PRIMARY KEY, cap float8);
CREATE TABLE markets (market text PRIMARY KEY, dem float8);
CREATE TABLE lane (plant text REFERENCES plants, market text REFERENCES markets, cost float8,
	PRIMARY KEY (plant, market));
\copy plants FROM 'examples/plants.csv' (FORMAT csv, HEADER)
\copy markets FROM 'examples/markets.csv' (FORMAT csv, HEADER)
\copy lane FROM 'examples/lanes.csv' (FORMAT csv, HEADER)
ANALYZE;
