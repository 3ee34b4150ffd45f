-- A statement_timeout ends a solve in time, in whatever it is doing, and the
-- next call knows nothing of it.  Each of these would run for many seconds.
-- 400 ms are allowed for the machine; the server's own share of it is below 100.
\set VERBOSITY terse

-- 4000 variables, dense: the smallest factorization takes seconds
CREATE TABLE dense (problem opt_problem);
ALTER TABLE dense ALTER problem SET STORAGE external;
INSERT INTO dense
	SELECT opt_minimize((SELECT opt_quad('x', i, j, CASE WHEN i = j THEN 9000 ELSE (i * j) % 7 END) FROM generate_series(1, 4000) i, generate_series(1, i) j),
						(SELECT sum(opt_var('x', i)) FROM generate_series(1, 4000) i) == 1,
						(SELECT opt_all(opt_var('x', i) <= 1 + i % 7) FROM generate_series(1, 4000) i));

-- reading it, its matrices, and the first factorization, as the time allows
SET statement_timeout = 200;
SELECT clock_timestamp() AS begun \gset
SELECT opt_status(opt_solve(problem)) FROM dense;
SELECT clock_timestamp() - :'begun' < interval '600 ms' AS in_time;
SET statement_timeout = 1000;
SELECT clock_timestamp() AS begun \gset
SELECT opt_status(opt_solve(problem, options => '{"presolve": false}')) FROM dense;
SELECT clock_timestamp() - :'begun' < interval '1400 ms' AS in_time;
SET statement_timeout = 1700;
SELECT clock_timestamp() AS begun \gset
SELECT opt_status(opt_solve(problem)) FROM dense;
SELECT clock_timestamp() - :'begun' < interval '2100 ms' AS in_time;

-- the time limit of the solve is an outcome, not an error
RESET statement_timeout;
SELECT clock_timestamp() AS begun \gset
SELECT i.termination, i.time_total < 0.9 AS stopped_in_time FROM dense, opt_info(opt_solve(problem, options => '{"time_limit": 0.5}')) i;
SELECT clock_timestamp() - :'begun' < interval '2 s' AS in_time;

-- the rows of opt_qp's queries
SET statement_timeout = 200;
SELECT clock_timestamp() AS begun \gset
SELECT count(*) FROM opt_qp(quadratic => 'SELECT i, j, 1 AS q FROM generate_series(1, 20000) i, generate_series(1, i) j');
SELECT clock_timestamp() - :'begun' < interval '600 ms' AS in_time;

-- a long text: parsing, and many constraints
SELECT clock_timestamp() AS begun \gset
SELECT opt_status(opt_solve(opt_problem((SELECT string_agg(format('(x%s - y%s)^2', i, i % 1000), '+') FROM generate_series(1, 1000000) i),
	(SELECT array_agg(format('x%s + y%s >= %s', i, i % 100, i)) FROM generate_series(1, 1000000) i))));
SELECT clock_timestamp() - :'begun' < interval '600 ms' AS in_time;
RESET statement_timeout;

-- the next solve is right
SELECT i.status, round(i.objective::numeric, 6) AS objective FROM opt_info(opt_solve(opt_problem('x^2 + y^2', '{x + y >= 2}'))) i;
SELECT count(*) AS contexts_left FROM pg_backend_memory_contexts WHERE name LIKE 'constropt%';

DROP TABLE dense;
