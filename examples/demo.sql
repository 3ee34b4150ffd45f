--
-- The tour: a portfolio and an allocation, stated over tables, answered in rows.
-- Needs the tables of load.sql.
--
\pset footer off
\pset null '-'
\echo
\echo 'A portfolio'
\echo '==========='
\echo 'Six assets, monthly prices 2004-2010: expected return and risk of each, by the year.'
\echo
SELECT asset, sector, cap AS max_weight,
	round(mu::numeric, 4) AS expected_return, round(sqrt(cov)::numeric, 4) AS risk
FROM assets JOIN covm ON i = asset AND j = asset
ORDER BY asset;

\echo 'The weights of least variance that are expected to return 30 % a year:'
\echo 'a variable is one more column, sum() builds the objective and the rows.'
\echo
\set ECHO queries
CREATE TEMP TABLE portfolio AS
WITH w AS (SELECT asset, mu, sector, opt_var('w', asset, lb => 0, ub => cap) AS w FROM assets)
SELECT opt_solve(opt_minimize(
	(SELECT sum(cov * a.w * b.w) FROM covm JOIN w a ON a.asset = i JOIN w b ON b.asset = j),
	opt_con('budget', (SELECT sum(w) FROM w) == 1),
	opt_con('target', (SELECT sum(mu * w) FROM w) >= opt_param('target', 0.30)),
	(SELECT opt_all(opt_con('sector', sector, invested <= 0.5))
	 FROM (SELECT sector, sum(w) AS invested FROM w GROUP BY sector) x))) AS sol;

SELECT status, round(sqrt(objective)::numeric, 4) AS risk, iterations, method
FROM portfolio, opt_info(sol);

SELECT key AS asset, round(value::numeric, 4) AS weight,
	round(reduced_cost::numeric, 5) AS reduced_cost
FROM portfolio, opt_variables(sol)
ORDER BY value DESC, key;
\set ECHO none

\echo 'The shadow prices: the change of the variance per unit of each right-hand side.'
\echo 'One point more of return target costs about 0.01 times the price of target; what'
\echo 'binds has a price, what does not has none.'
\echo
\set ECHO queries
SELECT name, key, round(value::numeric, 4) AS value, round(dual::numeric, 5) AS shadow_price
FROM portfolio, opt_constraints(sol)
ORDER BY name, key;
\set ECHO none

\echo 'How the portfolio moves with the target: the derivative of every weight, of the'
\echo 'variance, and of the shadow prices; and how far the target may move before'
\echo 'another constraint binds, and which one.'
\echo
\set ECHO queries
SELECT of, coalesce(key, name, 'variance') AS what, round(derivative::numeric, 4) AS by_target, side, reliable
FROM portfolio, opt_jacobian(sol, of => '{variable,objective}') WHERE parameter = 'target'
ORDER BY of DESC, derivative DESC, what;

SELECT parameter, value, round(lower::numeric, 4) AS lower, at_lower, round(upper::numeric, 4) AS upper, at_upper
FROM portfolio, opt_ranging(sol);

SELECT p.key AS asset, round(v.value::numeric, 4) AS weight_at_30, round(p.value::numeric, 4) AS weight_at_31
FROM portfolio, opt_predict(sol, '{"target": 0.31}') p, opt_variables(sol) v
WHERE p.of = 'variable' AND (v.name, v.key) = (p.name, p.key)
ORDER BY p.value DESC, asset;
\set ECHO none

\echo 'The whole frontier is a GROUP BY away: one problem for each target.  What cannot'
\echo 'be had is a row as well.'
\echo
\set ECHO queries
WITH w AS (SELECT percent, asset, mu, opt_var('w', asset, lb => 0, ub => cap) AS w
	FROM assets, generate_series(5, 45, 10) AS percent),
risk AS (SELECT a.percent, sum(cov * a.w * b.w) AS variance
	FROM covm JOIN w a ON a.asset = i JOIN w b ON b.asset = j AND b.percent = a.percent GROUP BY a.percent),
held AS (SELECT percent, sum(w) AS invested, sum(mu * w) AS ret FROM w GROUP BY percent),
solved AS MATERIALIZED (SELECT percent, opt_solve(opt_minimize(variance,
		opt_con('budget', invested == 1),
		opt_con('target', ret >= percent / 100.0))) AS sol
	FROM risk JOIN held USING (percent))
SELECT percent, status, round(sqrt(objective)::numeric, 4) AS risk,
	round(opt_dual(sol, 'target')::numeric, 4) AS price_of_return
FROM solved, opt_info(sol)
ORDER BY percent;
\set ECHO none

\echo 'Why 45 % cannot be had: how far the sides would have to move, at least in sum, and the'
\echo 'constraints and bounds that cannot hold together, none of them superfluous.'
\echo
\set ECHO queries
WITH w AS (SELECT asset, mu, opt_var('w', asset, lb => 0, ub => cap) AS w FROM assets),
s AS MATERIALIZED (SELECT opt_solve(opt_feasible(
	opt_con('budget', (SELECT sum(w) FROM w) == 1),
	opt_con('target', (SELECT sum(mu * w) FROM w) >= 0.45))) AS sol)
SELECT part, kind, name, key, side, round(value::numeric, 4) AS value, round(amount::numeric, 4) AS amount, proof
FROM s, opt_conflict(sol)
ORDER BY part DESC, kind DESC, name, key;
\set ECHO none

\echo 'An allocation'
\echo '============='
\echo 'Two canneries, three markets (Dantzig 1963): ship at least freight.'
\echo
\set ECHO queries
CREATE TEMP TABLE shipping AS
WITH x AS (SELECT l.*, opt_var('ship', (plant, market), lb => 0) AS x FROM lane l)
SELECT opt_solve(opt_minimize(
	(SELECT sum(cost * x) FROM x),
	(SELECT opt_all(opt_con('supply', plant, shipped <= cap))
	 FROM (SELECT plant, sum(x) AS shipped FROM x GROUP BY plant) t JOIN plants USING (plant)),
	(SELECT opt_all(opt_con('demand', market, got >= dem))
	 FROM (SELECT market, sum(x) AS got FROM x GROUP BY market) t JOIN markets USING (market)))) AS sol;

SELECT opt_status(sol) AS status, round(objective::numeric, 3) AS freight
FROM shipping, opt_info(sol);

WITH x AS (SELECT l.*, opt_var('ship', (plant, market), lb => 0) AS x FROM lane l)
SELECT plant, market, cost, round(opt_value(sol, x)::numeric, 2) AS qty,
	round(opt_reduced_cost(sol, x)::numeric, 4) AS reduced_cost,
	round(opt_dual(sol, 'demand', market)::numeric, 4) AS marginal_cost
FROM x, shipping
ORDER BY plant, market;
\set ECHO none
\echo 'marginal_cost: what one case more would cost in that market.  New York is served'
\echo 'at the same freight from both plants, so its split between them is free.'
