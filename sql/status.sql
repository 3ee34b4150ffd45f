-- What a solve can answer besides an optimum: statuses are rows, not errors.
\set VERBOSITY terse

CREATE FUNCTION outcome(problem opt_problem, options jsonb DEFAULT NULL)
RETURNS TABLE (status text, termination text, objective numeric, margin_is_positive bool, n_values bigint, n_duals bigint)
LANGUAGE sql AS $$
	SELECT i.status, i.termination, round(i.objective::numeric, 5), i.certificate_margin > 0,
		   (SELECT count(v.value) FROM opt_variables(s) v),
		   (SELECT count(v.reduced_cost) FROM opt_variables(s) v) + (SELECT count(c.dual) FROM opt_constraints(s) c)
	FROM (SELECT opt_solve(problem, options => $2) AS s OFFSET 0) t, opt_info(s) i
$$;

-- optimal, and everything that is left out
SELECT * FROM outcome(opt_problem('(x - 1)^2 + 3', '{x >= 2}'));
SELECT * FROM outcome(opt_problem('(x - 1)^2 + 3', '{}'));
SELECT * FROM outcome(opt_problem('5', '{x >= 2, x <= 2}'));
SELECT * FROM outcome(opt_problem('7', '{}'));

-- infeasible: by rows, by bounds, by a fixed variable, by crossed bounds
SELECT * FROM outcome(opt_problem('x + y', '{x + y <= 1, x - y >= 3, y >= 0}'));
SELECT * FROM outcome(opt_problem('x^2 + y^2', '{x + 2*y <= 1, 2*x + 4*y >= 3}'));
SELECT * FROM outcome(opt_problem('x + y', '{x + y == 5}', variables => $$SELECT n AS name, 0 AS lower, 2 AS upper FROM unnest('{x,y}'::text[]) n$$));
SELECT * FROM outcome(opt_problem('x', '{}', variables => $$SELECT 'x' AS name, 2 AS lower, 1 AS upper$$));
SELECT * FROM outcome(opt_problem('x', '{3 <= x <= 2}'));

-- unbounded: linear, and a quadratic form with a flat direction; both senses
SELECT * FROM outcome(opt_problem('x + y', '{x - y <= 1, y - x <= 1}'));
SELECT * FROM outcome(opt_problem('x + y', '{x - y <= 1}', maximize => true));
SELECT * FROM outcome(opt_problem('(x - y)^2 - x - y', '{x >= 0}'));

-- infeasible and unbounded directions at once: infeasible
SELECT * FROM outcome(opt_problem('x', '{y >= 1, y <= 0}'));

-- accessors give NULL where there is no usable point
SELECT opt_status(s), opt_value(s, 'x + 1'), opt_reduced_cost(s, 'x'), opt_dual(s, 'c')
FROM opt_solve(opt_problem('x', '{c: x >= 1, x <= 0}')) s;
SELECT v.* FROM opt_variables(opt_solve(opt_problem('x', '{c: x >= 1, x <= 0}'))) v;
SELECT c.* FROM opt_constraints(opt_solve(opt_problem('x', '{c: x + y >= 1, x + y <= 0}'))) c;

-- limits
SELECT status IN ('failed', 'feasible') AS stopped, termination
FROM outcome(opt_problem('(x - 2)^2 + (y - x)^2', '{x + y <= 1, x - y >= 0.3}'), '{"max_iterations": 0, "presolve": false}');
SELECT status IN ('failed', 'feasible') AS stopped, termination
FROM outcome(opt_problem('(x - 2)^2 + (y - x)^2', '{x + y <= 1, x - y >= 0.3}'), '{"time_limit": 0}');
CREATE TABLE dense_problem AS
	SELECT opt_minimize((SELECT opt_quad('x', i, j, CASE WHEN i = j THEN 500 ELSE 1 END) FROM generate_series(1, 400) i, generate_series(1, 400) j),
						(SELECT sum(opt_var('x', i)) FROM generate_series(1, 400) i) == 1) AS problem;
SET constropt.max_memory = '2MB';
SELECT i.status, i.termination, i.memory_predicted > 2 * 1024 * 1024 AS needs_more, i.objective
FROM dense_problem, opt_info(opt_solve(problem)) i;
SELECT opt_solve(problem, options => '{"on_failure": "error"}') IS NULL FROM dense_problem;
RESET constropt.max_memory;
SELECT i.status, i.termination, i.memory_predicted > 0 AS predicted, round((i.objective * 400)::numeric, 4) AS objective
FROM dense_problem, opt_info(opt_solve(problem)) i;
DROP TABLE dense_problem;

-- the same as errors
SELECT opt_solve(opt_problem('x + y', '{x + y <= 1, x + y >= 3}'), options => '{"on_failure": "error"}') IS NULL;
SELECT opt_solve(opt_problem('x + y', '{x - y <= 1}'), options => '{"on_failure": "error"}') IS NULL;
\set VERBOSITY default
SELECT opt_solve(opt_problem('(x - 2)^2 + (y - x)^2', '{x + y <= 1}'), options => '{"on_failure": "error", "time_limit": 0}') IS NULL;
\set VERBOSITY terse
SELECT opt_status(opt_solve(opt_problem('x', '{x >= 1}'), options => '{"on_failure": "error"}'));

-- what opt_info says about an ordinary solve
SELECT status, termination, round(objective::numeric, 6) AS objective, iterations > 0 AS iterated, evaluations,
	   factorizations > 0 AS factorized, primal_residual < 1e-7 AS primal, dual_residual < 1e-7 AS dual,
	   complementarity < 1e-7 AS complementary, gap < 1e-6 AS closed, certificate_margin, second_order
FROM opt_info(opt_solve(opt_problem('x^2 + x*y + y^2', '{x + y >= 1, x - y >= 0.5}')));
SELECT method, reason <> '' AS says_why, kkt_path, n_variables, n_constraints, memory_peak > 0 AS memory,
	   time_total >= time_solve AS times, version <> '' AS version
FROM opt_info(opt_solve(opt_problem('x^2 + x*y + y^2', '{x + y >= 1, x - y >= 0.5}'), options => '{"presolve": false}'));
SELECT method, options->'tolerance' AS tolerance, options->'max_iterations' AS max_iterations, options->'presolve' AS presolve, options->'polish' AS polish
FROM opt_info(opt_solve(opt_problem('x + y', '{x + 2*y >= 1, x - y >= 0.5}'), 'interior_point', options => '{"tolerance": 1e-9, "max_iterations": 77, "presolve": false}'));
SELECT min(iteration) AS first, max(iteration) = count(*) - 1 AS numbered, bool_and(mu >= 0) AS mu
FROM opt_iterations(opt_solve(opt_problem('x^2 + x*y + y^2', '{x + y >= 1, x - y >= 0.5}'), options => '{"presolve": false}'));

-- a warm start gives the same answer, and its values are read by name and key
WITH cold AS MATERIALIZED (SELECT opt_solve(opt_problem('x^2 + x*y + y^2 - z', '{x + y >= 1, x - y >= 0.5, z <= 3}')) AS s)
SELECT opt_status(w), round(opt_value(w, 'x')::numeric, 6) AS x, round(opt_value(w, 'z')::numeric, 6) AS z
FROM cold, opt_solve(opt_problem('y^2 + x*y + x^2', '{z: x + y >= 1, x - y >= 0.5}'), warm_start => cold.s) w0(w0),
	 opt_solve(opt_problem('x^2 + x*y + y^2 - z', '{x + y >= 1, x - y >= 0.5, z <= 3}'), warm_start => w0) w;
SELECT opt_status(opt_solve(opt_problem('x', '{x >= 1}'), warm_start => opt_solve(opt_problem('x', '{x >= 1, x <= 0}'))));

DROP FUNCTION outcome(opt_problem, jsonb);
