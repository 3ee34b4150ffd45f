--
-- Nonlinear problems: formulas over rows, statuses, what is said of the method
--
SET extra_float_digits = 0;

-- HS071, by columns
WITH v AS (
	SELECT opt_var('x1', lb => 1, ub => 5, start => 1) AS x1, opt_var('x2', lb => 1, ub => 5, start => 5) AS x2,
		opt_var('x3', lb => 1, ub => 5, start => 5) AS x3, opt_var('x4', lb => 1, ub => 5, start => 1) AS x4),
s AS MATERIALIZED (
	SELECT opt_solve(opt_minimize(x1*x4*(x1+x2+x3) + x3,
		opt_con('prod', x1*x2*x3*x4 >= 25),
		opt_con('sphere', x1^2 + x2^2 + x3^2 + x4^2 == 40)), method => 'interior_point') AS sol
	FROM v)
SELECT r.name, round(r.value::numeric, 5) AS value, round(r.reduced_cost::numeric, 4) AS reduced_cost, r.state
FROM s, opt_variables(sol) r ORDER BY name;

CREATE TEMP TABLE b (name text, lower float8, upper float8, start float8);
INSERT INTO b VALUES ('x1', 1, 5, 1), ('x2', 1, 5, 5), ('x3', 1, 5, 5), ('x4', 1, 5, 1);

-- the same by text: rows, duals as the change of the objective per unit of the side, and the method
CREATE TEMP TABLE hs071 AS
SELECT opt_solve(p, params => jsonb_build_object('p', 25 + h)) AS sol, h
FROM (VALUES (0.0), (1e-4), (-1e-4)) t(h), (SELECT opt_problem('x1*x4*(x1+x2+x3) + x3',
	ARRAY['prod: x1*x2*x3*x4 >= p', 'sphere: x1^2 + x2^2 + x3^2 + x4^2 == 40'],
	variables => 'SELECT name, lower, upper, start FROM b', params => '{"p": 25}')) q(p);
SELECT status, round(objective::numeric, 6) AS objective, second_order, method, evaluations > 0 AS evaluated,
	primal_residual <= 1e-8 AND dual_residual <= 1e-8 AND complementarity <= 1e-8 * objective AS kkt, reason
FROM hs071, opt_info(sol) WHERE h = 0;
SELECT name, round(value::numeric, 5) AS value, lower, upper, round(dual::numeric, 4) AS dual, state
FROM hs071, opt_constraints(sol) WHERE h = 0 AND name IN ('prod', 'sphere') ORDER BY name;
SELECT abs((SELECT objective FROM hs071, opt_info(sol) WHERE h > 0) - (SELECT objective FROM hs071, opt_info(sol) WHERE h < 0) -
	2e-4 * (SELECT opt_dual(sol, 'prod') FROM hs071 WHERE h = 0)) < 1e-8 AS dual_is_derivative;

-- a fit over the rows of a table: one pattern
CREATE TEMP TABLE meas AS
SELECT t, 2.0 * exp(-0.7 * t) + 0.5 + 0.01 * sin(37 * t) AS y, 0.01::float8 AS sd FROM generate_series(0, 5, 0.01) g(t0), LATERAL (SELECT t0::float8) x(t);
WITH th AS (SELECT opt_var('a', start => 1) a, opt_var('b', start => 1, lb => 0) b, opt_var('c') c),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize((SELECT sum(((y - (a*exp(-b*t) + c)) / sd)^2) FROM meas, th))) AS sol)
SELECT r.name, round(r.value::numeric, 3) AS value FROM s, opt_variables(sol) r ORDER BY name;

-- maximization, products, roots, a quadratic constraint alone
SELECT round(objective::numeric, 6) AS objective, status, reason
FROM opt_info(opt_solve(opt_problem('x + y', '{x^2 + y^2 <= 2}', maximize => true)));
SELECT round(objective::numeric, 6) AS objective, status
FROM opt_info(opt_solve(opt_problem('ln(x) + ln(y) + sqrt(z)', '{x + 2*y + z <= 3, x >= 0, y >= 0, z >= 0}', maximize => true)));

-- not convex: a local solution, and it is said
SELECT status, round(objective::numeric, 6) AS objective, method, reason
FROM opt_info(opt_solve(opt_problem('x*y', '{-1 <= x <= 2, -1 <= y <= 3, x - y <= 0.5}')));
SELECT status, round(objective::numeric, 6) AS objective
FROM opt_info(opt_solve(opt_problem('x*y', '{-1 <= x <= 2, -1 <= y <= 3, x - y <= 0.5}'), 'interior_point'));

-- no point, no bound, no value at the start
SELECT opt_status(opt_solve(opt_problem('x + y', '{x^2 + y^2 <= 1, x + y >= 3}')));
SELECT opt_status(opt_solve(opt_problem('x^3', '{x <= 1}')));
SELECT status, round(objective::numeric, 6) AS objective FROM opt_info(opt_solve(opt_problem('x - ln(x)', '{}')));

-- limits are outcomes
SELECT status, termination FROM opt_info(opt_solve(opt_problem('(1-x)^2 + 100*(y-x^2)^2', '{}'), options => '{"nonlinear_max_iterations": 2}'));

-- a warm start is a start, and never moves the answer
WITH cold AS MATERIALIZED (SELECT opt_solve(opt_problem('x1*x4*(x1+x2+x3) + x3',
	ARRAY['prod: x1*x2*x3*x4 >= 25', 'sphere: x1^2 + x2^2 + x3^2 + x4^2 == 40'],
	variables => 'SELECT name, lower, upper, start FROM b')) AS sol),
warm AS MATERIALIZED (SELECT opt_solve(opt_problem('x1*x4*(x1+x2+x3) + x3',
	ARRAY['prod: x1*x2*x3*x4 >= 25.01', 'sphere: x1^2 + x2^2 + x3^2 + x4^2 == 40'],
	variables => 'SELECT name, lower, upper, start FROM b'), warm_start => sol) AS sol FROM cold)
SELECT round(w.objective::numeric, 5) AS objective, w.iterations < c.iterations AS fewer
FROM cold, warm, opt_info(cold.sol) c, opt_info(warm.sol) w;

-- values that are stored solve again
CREATE TEMP TABLE stored AS SELECT opt_problem('exp(x) - 2*x', '{x <= 5}') AS problem;
SELECT round(opt_value(opt_solve(problem), 'x')::numeric, 6) AS x, round(opt_value(opt_solve(problem), 'exp(x)')::numeric, 6) AS value FROM stored;

-- one call, rows out
SELECT kind, name, key, round(value::numeric, 5) AS value, lower, upper, round(dual::numeric, 4) AS dual, state
FROM opt_nlp('x1*x4*(x1+x2+x3)+x3', ARRAY['prod: x1*x2*x3*x4 >= 25', 'x1^2+x2^2+x3^2+x4^2 == 40'],
	variables => 'SELECT name, lower, upper, start FROM b') ORDER BY kind DESC, name;
SELECT name, round(value::numeric, 4) AS value FROM opt_nlp('p*ln(x) - x', params => '{"p": 3}', maximize => true);
SELECT * FROM opt_nlp(NULL);
SELECT * FROM opt_nlp('exp(x)', '{"y >= 1"}', variables => 'SELECT name, lower, upper FROM b');
-- a parameter of 0 makes a formula constant
SELECT DISTINCT i.status, round(i.objective::numeric, 6) AS objective FROM unnest('{interior_point,sqp,augmented_lagrangian}'::text[]) method,
	opt_info(opt_solve('minimize p*x*x*x*y + sin(p*x*y) + (x - 1)^4 + exp(y) subject to a: p*x*x*y + x + y >= 0 where x in [0, 2], p := 0', method)) i;
-- points so far out that doubles lose the rows: no verdict that opt_verify would refuse
SELECT DISTINCT i.status = 'optimal' AS claimed FROM unnest('{interior_point,sqp,augmented_lagrangian}'::text[]) method,
	opt_info(opt_solve('maximize x0 subject to c0: 2*x0 + 3*x2 + (x1 - x2)^2 <= 13 where x2 in [-inf, -1]', method)) i;
SELECT item, value, passed FROM opt_verify('minimize x^2 - 2*x*y + y^2 + exp(z) subject to a: x^2 - 2*x*y + y^2 <= 0.5',
	$$SELECT 'x' AS name, 12345678901234::float8 AS value UNION ALL SELECT 'y', 12345678901235 UNION ALL SELECT 'z', 0$$) WHERE item IN ('objective', 'constraints');
SELECT bool_and(passed) FROM (SELECT 'minimize 0.0941*x1*x2 + 1.57*(-3.13*x2 + 3*x1 + 2.44*x0 + 2*x3)^2 where x0 in [-inf, inf] start -2.6, x1 in [0.81, 1.81], x2 in [1.44, inf], x3 in [1.08, inf]'::opt_problem AS p) q,
	unnest('{interior_point,sqp,augmented_lagrangian,l_bfgs_b}'::text[]) method, opt_verify(p, opt_solve(p, method));
