-- A nonlinear program from its text in a row to its point in rows.
WITH s AS MATERIALIZED (
	SELECT opt_solve(model::opt_problem, options => jsonb_build_object('time_limit', %s::float8)) AS sol FROM models),
wrote AS (
	INSERT INTO points SELECT name, value FROM s, opt_variables(sol))
SELECT status, iterations, evaluations, time_solve
FROM s, opt_info(sol)
