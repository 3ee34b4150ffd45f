-- Programs 1, 2 and 5 of the design on small tables.

--
-- 1. Markowitz portfolio: covariance in a table, sector caps, price of the return target
--
CREATE TABLE assets (asset text PRIMARY KEY, mu float8, sector text, cap float8);
INSERT INTO assets VALUES ('A', 0.06, 'tech', 0.5), ('B', 0.10, 'tech', 0.5), ('C', 0.09, 'food', NULL), ('D', 0.12, 'steel', 0.3);
CREATE TABLE covm (i text, j text, cov numeric);
INSERT INTO covm SELECT a, b, CASE WHEN a = b THEN 0.04 + 0.01 * ascii(a) - 0.65 ELSE 0.004 END
	FROM unnest('{A,B,C,D}'::text[]) a, unnest('{A,B,C,D}'::text[]) b;

CREATE TABLE weights AS
WITH w AS (SELECT asset, mu, sector, opt_var('w', asset, lb => 0, ub => cap) AS w FROM assets),
s AS MATERIALIZED (
  SELECT opt_solve(opt_minimize(
    (SELECT sum(cov * a.w * b.w) FROM covm JOIN w a ON a.asset = i JOIN w b ON b.asset = j),
    opt_con('budget', (SELECT sum(w) FROM w) == 1),
    opt_con('target', (SELECT sum(mu * w) FROM w) >= opt_param('target', 0.09)),
    (SELECT opt_all(opt_con('sector', sector, invested <= 0.6)) FROM (SELECT sector, sum(w) AS invested FROM w GROUP BY sector) x))) AS sol)
SELECT w.asset, opt_value(sol, w.w) AS weight, opt_reduced_cost(sol, w.w) AS reduced_cost, opt_dual(sol, 'target') AS price_of_return
FROM w, s;
SELECT asset, round(weight::numeric, 5) AS weight, round(reduced_cost::numeric, 5) + 0 AS reduced_cost, round(price_of_return::numeric, 5) AS price FROM weights ORDER BY asset;

-- Its KKT conditions, in SQL: the gradient is what the duals explain, for a minimum.
CREATE VIEW portfolio AS
WITH w AS (SELECT asset, mu, sector, opt_var('w', asset, lb => 0, ub => cap) AS w FROM assets)
SELECT opt_minimize(
    (SELECT opt_quad('w', i, j, cov) FROM covm),
    opt_con('budget', (SELECT sum(w) FROM w) == 1),
    opt_con('target', (SELECT sum(mu * w) FROM w) >= opt_param('target', 0.09)),
    (SELECT opt_all(opt_con('sector', sector, invested <= 0.6)) FROM (SELECT sector, sum(w) AS invested FROM w GROUP BY sector) x)) AS problem;
WITH s AS MATERIALIZED (SELECT opt_solve(problem) AS sol FROM portfolio),
x AS (SELECT asset, mu, opt_value(sol, opt_var('w', asset)) AS x,
		opt_dual(sol, 'budget') + mu * opt_dual(sol, 'target') + opt_dual(sol, 'sector', sector)
		+ opt_reduced_cost(sol, opt_var('w', asset)) AS explained FROM assets, s)
SELECT a.asset, abs(2 * sum(cov * b.x) - a.explained) < 1e-6 AS stationary, abs(a.x - w.weight) < 1e-6 AS as_by_joins
FROM x a JOIN covm ON i = a.asset JOIN x b ON b.asset = j JOIN weights w ON w.asset = a.asset
GROUP BY a.asset, a.explained, a.x, w.weight ORDER BY 1;

-- d risk / d target, by the dual and by another target in params
WITH f AS (SELECT t, (opt_info(opt_solve(problem, params => jsonb_build_object('target', t), options => '{"tolerance": 1e-10, "absolute_tolerance": 1e-12}'))).objective AS f
	FROM portfolio, unnest('{0.0999,0.1,0.1001}'::float8[]) t)
SELECT abs((max(f) - min(f)) / 0.0002 - opt_dual(opt_solve((SELECT problem FROM portfolio), params => '{"target": 0.1}'), 'target')) < 1e-5 AS price_is_slope
FROM f WHERE t <> 0.1;

--
-- 2. Transportation
--
CREATE TABLE plants (plant text PRIMARY KEY, cap int);
CREATE TABLE markets (market text PRIMARY KEY, dem int);
CREATE TABLE lane (plant text, market text, cost float8);
INSERT INTO plants VALUES ('seattle', 350), ('san-diego', 600);
INSERT INTO markets VALUES ('new-york', 325), ('chicago', 300), ('topeka', 275);
INSERT INTO lane VALUES ('seattle', 'new-york', 0.225), ('seattle', 'chicago', 0.153), ('seattle', 'topeka', 0.162),
	('san-diego', 'new-york', 0.225), ('san-diego', 'chicago', 0.162), ('san-diego', 'topeka', 0.126);

CREATE TABLE plan AS
WITH x AS (SELECT l.*, opt_var('ship', (plant, market), lb => 0) AS x FROM lane l),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(
  (SELECT sum(cost * x) FROM x),
  (SELECT opt_all(opt_con('supply', plant, shipped <= cap)) FROM (SELECT plant, sum(x) shipped FROM x GROUP BY plant) t JOIN plants USING (plant)),
  (SELECT opt_all(opt_con('demand', market, got >= dem)) FROM (SELECT market, sum(x) got FROM x GROUP BY market) t JOIN markets USING (market)))) AS sol)
SELECT plant, market, cost, opt_value(sol, x) AS qty, opt_dual(sol, 'demand', market) AS marginal_cost,
	   opt_dual(sol, 'supply', plant) AS supply_price, opt_reduced_cost(sol, x) AS reduced_cost FROM x, s;
SELECT round(sum(cost * qty)::numeric, 4) AS total FROM plan;		-- Dantzig's 153.675
SELECT market, round(sum(qty)::numeric, 5) AS got, round(min(marginal_cost)::numeric, 5) AS marginal_cost FROM plan GROUP BY market ORDER BY market;
SELECT bool_and(abs(cost - marginal_cost - supply_price - reduced_cost) < 1e-7) AS stationary,
	   bool_and(reduced_cost > -1e-7 AND supply_price < 1e-7) AS signs,
	   bool_and(abs(qty * reduced_cost) < 1e-5) AS complementary FROM plan;

--
-- 5. One problem per portfolio
--
CREATE TABLE holdings (portfolio int, asset text, mu float8, target float8, cap float8);
INSERT INTO holdings SELECT p, asset, mu, 0.08 + 0.01 * p, 0.7 FROM assets, generate_series(1, 4) p;

CREATE VIEW rebalance_model AS
WITH w   AS (SELECT portfolio, asset, mu, target, opt_var('w', asset, lb=>0, ub=>cap) w FROM holdings),
     obj AS (SELECT a.portfolio, sum(cov*a.w*b.w) risk FROM covm JOIN w a ON a.asset=i
             JOIN w b ON b.asset=j AND b.portfolio=a.portfolio GROUP BY 1),
     lin AS (SELECT portfolio, sum(w) invested, sum(mu*w) ret, max(target) target FROM w GROUP BY 1)
SELECT portfolio, opt_minimize(risk, opt_con('budget', invested == 1), opt_con('target', ret >= opt_param('target', target))) AS problem
FROM obj JOIN lin USING (portfolio);
CREATE TABLE model_snapshot AS SELECT * FROM rebalance_model;
CREATE MATERIALIZED VIEW rebalance AS SELECT portfolio, opt_solve(problem) AS sol FROM model_snapshot;
SELECT portfolio, v.key, round(v.value::numeric, 4) + 0 AS value FROM rebalance, opt_variables(sol) v WHERE opt_status(sol) = 'optimal' ORDER BY 1, 2;
SELECT portfolio, opt_status(sol) FROM rebalance ORDER BY 1;

-- the stored solution answers like a fresh one, in place and out of line
SELECT r.portfolio, opt_value(r.sol, opt_var('w', 'A')) IS NOT DISTINCT FROM opt_value(f.sol, opt_var('w', 'A')) AS same
FROM rebalance r JOIN (SELECT portfolio, opt_solve(problem) AS sol FROM model_snapshot OFFSET 0) f USING (portfolio) ORDER BY 1;

-- solved once, however often it is read
CREATE SEQUENCE solves;
CREATE FUNCTION counted(problem opt_problem) RETURNS opt_solution LANGUAGE sql VOLATILE AS $$ SELECT nextval('solves'); SELECT opt_solve(problem) $$;
WITH s AS (SELECT counted(problem) AS sol FROM model_snapshot WHERE portfolio = 1)
SELECT count(opt_value(sol, opt_var('w', asset))) AS n, count(opt_reduced_cost(sol, opt_var('w', asset))) AS m FROM s, assets;
SELECT last_value FROM solves;

-- in parallel workers: the same rows
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
ALTER TABLE model_snapshot SET (parallel_workers = 2);
EXPLAIN (COSTS off) SELECT portfolio, opt_solve(problem) FROM model_snapshot;
CREATE TABLE in_parallel AS SELECT portfolio, opt_solve(problem) AS sol FROM model_snapshot;
SELECT count(*) AS n, bool_and(v.value IS NOT DISTINCT FROM w.value AND v.reduced_cost IS NOT DISTINCT FROM w.reduced_cost) AS same
FROM rebalance r JOIN in_parallel p USING (portfolio), opt_variables(r.sol) v, opt_variables(p.sol) w WHERE v.key = w.key;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- read-only transactions, plpgsql exception blocks, a second solve after an error
BEGIN READ ONLY;
SELECT opt_status(opt_solve(problem)) FROM model_snapshot WHERE portfolio = 1;
COMMIT;
DO $$
BEGIN
	BEGIN
		PERFORM opt_solve(problem, options => '{"on_failure": "error"}') FROM model_snapshot WHERE portfolio = 4;
		RAISE NOTICE 'not reached';
	EXCEPTION WHEN others THEN
		RAISE NOTICE '%: %', SQLSTATE, SQLERRM;
	END;
	RAISE NOTICE '%', (SELECT opt_status(opt_solve(problem)) FROM model_snapshot WHERE portfolio = 1);
END $$;

-- a query of a few solves stays below the cost from which the server compiles
CREATE FUNCTION cost_of(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan' ->> 'Total Cost';
END $$;
SELECT query, cost_of(query) < boot_val::float8 / 4 AS is_low FROM pg_settings, unnest(ARRAY[
	'SELECT opt_solve(problem) FROM (SELECT problem FROM model_snapshot LIMIT 10) s',
	'SELECT v.* FROM (SELECT opt_solve(problem) AS sol FROM model_snapshot LIMIT 10) s, opt_variables(sol) v, opt_info(sol) i',
	'SELECT * FROM opt_qp(linear => ''SELECT 1 AS v, 1 AS c'') q, opt_nlp(''x'') n']) query WHERE name = 'jit_above_cost';
DROP FUNCTION cost_of(text);

DROP TABLE in_parallel;
DROP FUNCTION counted(opt_problem);
DROP SEQUENCE solves;
DROP MATERIALIZED VIEW rebalance;
DROP TABLE model_snapshot;
DROP VIEW rebalance_model, portfolio;
DROP TABLE weights, assets, covm, plan, plants, markets, lane, holdings;
