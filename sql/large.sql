-- Values too large to be stored are passed on.  The limit is lowered, so that
-- 200 kB are large: an objective of 12,880 products over 160 variables.
SET constropt.max_value_size = '64kB';
CREATE TABLE risk AS SELECT i, j, (i = j)::int + 1.0 / (i + j) AS q FROM generate_series(1, 160) i, generate_series(1, 160) j;
CREATE TABLE limits AS SELECT con, i, 1 + (con + i) % 3 AS coef FROM generate_series(1, 60) con, generate_series(1, 160) i;
CREATE TABLE box AS SELECT opt_all(opt_con('box', i, opt_var('w', i, lb => 0) <= 1)) AS c FROM generate_series(1, 160) i;
-- from aggregate to problem to solution to rows
SELECT status, abs(v.total - 1) < 1e-6 AS invested, k.n
FROM (SELECT opt_solve(opt_minimize(o.e, c.c)) AS sol
	FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) o,
		(SELECT opt_all(c) AS c FROM (SELECT c FROM box UNION ALL
			SELECT opt_con('invested', opt_lin('w', i, 1) == 1) FROM generate_series(1, 160) i) x) c) s,
	opt_info(sol), LATERAL (SELECT sum(value) AS total FROM opt_variables(sol)) v, LATERAL (SELECT count(*) AS n FROM opt_constraints(sol)) k;
-- the same with large constraints, which an array would copy
SELECT opt_status(opt_solve(opt_minimize(o.e, c.c))), opt_status(opt_solve(opt_maximize(-1 * o.e, c.c))), opt_status(opt_solve(opt_feasible(c.c)))
FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) o,
	(SELECT opt_all(c) AS c FROM (SELECT c FROM box UNION ALL (SELECT opt_rows('l', con, 'w', i, coef, 100, NULL) FROM limits)) x) c;
-- operators on the way, accessors at the end
SELECT abs(opt_value(sol, o.e) - objective) < 1e-9 AS objective, opt_dual(sol, 'box', 1) AS dual, opt_value(sol, opt_var('w', 160, lb => 0)) > 0 AS value
FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) o,
	LATERAL (SELECT opt_solve(opt_minimize(2 * o.e + 0 - o.e, c), 'qp', options => '{"tolerance": 1e-9}', warm_start => NULL) AS sol
		FROM (SELECT opt_all(c) AS c FROM (SELECT c FROM box UNION ALL SELECT opt_con('invested', opt_lin('w', i, 1) == 1) FROM generate_series(1, 160) i) x) c) s,
	opt_info(sol);
-- where it would be stored
SELECT opt_minimize((SELECT opt_quad('w', i, j, q) FROM risk)) IS NULL;
CREATE TABLE stored AS SELECT opt_quad('w', i, j, q) AS e FROM risk;
WITH e AS MATERIALIZED (SELECT opt_quad('w', i, j, q) AS e FROM risk) SELECT opt_minimize(e) IS NULL FROM e;
SELECT opt_minimize(o.e, c.c, 'x >= 1') IS NULL
FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) o, (SELECT opt_rows('l', con, 'w', i, coef, 100, NULL) AS c FROM limits) c;
SELECT opt_solve(opt_minimize(o.e, c)) AS sol INTO stored FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) o, box;
SELECT ARRAY[opt_quad('w', i, j, q)] IS NULL FROM risk;
SELECT opt_expr_send(opt_quad('w', i, j, q)) IS NULL AS sent FROM risk;
-- the same values under the server's limit
RESET constropt.max_value_size;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE stored AS SELECT opt_minimize(e, c) AS problem, opt_minimize((SELECT opt_quad('w', i, j, q) FROM risk), c) AS subselect, opt_solve(opt_minimize(e, c)) AS sol
	FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) o, box;
SELECT problem::text = subselect::text AS same, problem::text::opt_problem::text = problem::text AS round_trip, opt_status(sol) AS status,
	sol::text = sol::text::opt_solution::text AS solution, pg_column_size(problem) BETWEEN 200000 AND 300000 AS size FROM stored;
-- straight to output functions
SELECT md5(opt_solution_send(opt_solve(problem))) IS NOT NULL AS sent, length(opt_solve(problem)::text) > 200000 AS printed,
	opt_solve(problem)::text::opt_solution IS NOT NULL AS read, opt_status(opt_solve(problem, warm_start => sol)) AS warm FROM stored;
\o /dev/null
SELECT opt_solve(problem) FROM stored;
SELECT opt_quad('w', i, j, q), opt_minimize(opt_quad('w', i, j, q)), opt_rows('r', i, 'w', j, q, 0, 1) FROM risk;
\o
SELECT opt_solve(problem, options => '{"time_limit": 0}')::text ~ 'time_limit' AS limited FROM stored;
-- in what keeps values: variables of a procedure, window frames, sorts, records, arrays
DO $$
DECLARE
	e opt_expr;
	p opt_problem;
	s opt_solution;
BEGIN
	SELECT opt_quad('w', i, j, q) INTO e FROM risk;
	p := opt_minimize(e, (SELECT c FROM box));
	e := NULL;
	s := opt_solve(p);
	p := NULL;
	IF opt_status(s) <> 'optimal' THEN
		RAISE 'status %', opt_status(s);
	END IF;
END $$;
CREATE FUNCTION pick(opt_expr, opt_expr) RETURNS opt_expr LANGUAGE plpgsql AS 'BEGIN RETURN coalesce($2, $1); END';
SELECT md5(string_agg(md5(e::text), '' ORDER BY m)) = md5(string_agg(md5(f::text), '' ORDER BY m)) AS same
FROM (SELECT i % 5 AS m, opt_quad('w', i, j, q) AS e, pick(NULL, opt_quad('w', i, j, q)) AS f FROM risk GROUP BY 1) s;
SELECT count(DISTINCT e::text) AS distinct, count(DISTINCT f::text) AS first FROM (
	SELECT m, e, first_value(e) OVER (ORDER BY m DESC) AS f FROM (SELECT i % 5 AS m, opt_quad('w', i, j, q) AS e FROM risk GROUP BY 1) g) s;
SELECT length(e::text) > lag(length(e::text), 1, 0) OVER (ORDER BY i) AS longer
FROM (SELECT DISTINCT ON (i) i, opt_quad('w', i, j, q) OVER (ORDER BY i) AS e FROM risk WHERE i <= 4) s ORDER BY i;
SELECT (SELECT md5(e::text) FROM unnest(array_agg(g.e)) e LIMIT 1) = md5((array_agg(g.e))[1]::text) AS element FROM (SELECT opt_quad('w', i, j, q) AS e FROM risk) g;
-- one pass over the products of a matrix, in any order of its rows
SELECT count(DISTINCT e::text) AS forms FROM (
	SELECT opt_quad('w', i, j, q) AS e FROM (SELECT * FROM risk WHERE i <= 20 AND j <= 20 ORDER BY i, j) r
	UNION ALL SELECT opt_quad('w', i, j, q) FROM (SELECT * FROM risk WHERE i <= 20 AND j <= 20 ORDER BY j, i) r
	UNION ALL SELECT opt_quad('w', i, j, 2 * q) FROM (SELECT i, j, CASE WHEN i = j THEN q / 2 ELSE q END AS q FROM risk WHERE i <= j AND j <= 20 ORDER BY i, j) r
	UNION ALL SELECT opt_quad('w', i, j, q / 2) FROM (SELECT * FROM risk, generate_series(1, 2) WHERE i <= 20 AND j <= 20 ORDER BY i, j) r) s;
DROP FUNCTION pick;
DROP TABLE risk, limits, box, stored;
RESET max_parallel_workers_per_gather;
