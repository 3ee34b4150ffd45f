-- Derivatives of solutions: opt_jacobian, opt_jvp, opt_vjp, opt_predict, opt_ranging, opt_covariance.
\pset null '-'

CREATE FUNCTION rounded(float8, int DEFAULT 6) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT round($1::numeric, $2) + 0.0 $$;
CREATE TEMP TABLE s (name text PRIMARY KEY, problem opt_problem, sol opt_solution);
CREATE FUNCTION keep(text, opt_problem, method text DEFAULT 'auto') RETURNS text LANGUAGE sql AS $$
	INSERT INTO s SELECT $1, $2, opt_solve($2, method => $3) RETURNING name || ': ' || opt_status(sol) $$;

-- the minimizer at a bound that moves; a slack row; both kinds of sides
SELECT keep('clamped', 'minimize (x - 3)^2 + (y + 3)^2 + (t - 1)^2 subject to cap: x <= u; floor: y - l >= 0; slack: t <= s where u := 2, l := 0.5, s := 4');
SELECT of, j.name, parameter, rounded(derivative) AS derivative, side, reliable, reason FROM s, opt_jacobian(sol, '{variable,constraint,objective}') j WHERE s.name = 'clamped' AND derivative <> 0 ORDER BY parameter, of, j.name;
SELECT count(*), count(*) FILTER (WHERE parameter = 's' AND derivative <> 0) AS from_slack FROM s, opt_jacobian(sol) j WHERE s.name = 'clamped';

-- min |x - p|^2 with sum x = 1: I - 11'/n, with keys of the tables
SELECT keep('projection', (SELECT opt_minimize(sum((opt_var('x', k) - opt_param('p', k, k / 10.0)) * (opt_var('x', k) - opt_param('p', k, k / 10.0))), opt_con('one', sum(opt_var('x', k)) == 1)) FROM generate_series(1, 4) k));
SELECT key, parameter, parameter_key, rounded(derivative) AS derivative, side, reliable FROM s, opt_jacobian(sol, of => '{variable}', parameters => ARRAY['p[2]', 'p[''3'']']) j WHERE s.name = 'projection' ORDER BY parameter_key, key;
SELECT count(*) AS n, bool_and(abs(derivative - CASE WHEN key = parameter_key THEN 0.75 ELSE -0.25 END) < 1e-12) AS is_projection FROM s, opt_jacobian(sol, '{variable}') j WHERE s.name = 'projection';

-- Markowitz: every derivative, of weights, duals, reduced costs and risk, against re-solving, in the target and in every number of the covariance
CREATE TEMP TABLE asset AS SELECT a, 0.02 + 0.01 * a + 0.003 * (a * 7 % 5) AS mu FROM generate_series(1, 6) a;
CREATE TEMP TABLE covm AS SELECT i.a AS i, j.a AS j, CASE WHEN i.a = j.a THEN 0.04 + 0.01 * i.a ELSE 0.004 * ((i.a * j.a) % 3) END AS c FROM asset i, asset j;
SELECT keep('markowitz', opt_minimize(
	(SELECT sum(opt_param('c', (least(i, j), greatest(i, j)), c) * opt_var('w', i, 0, 0.4) * opt_var('w', j, 0, 0.4)) FROM covm),
	opt_con('budget', (SELECT sum(opt_var('w', a, 0, 0.4)) FROM asset) == 1),
	opt_con('target', (SELECT sum(opt_param('mu', a, mu) * opt_var('w', a, 0, 0.4)) FROM asset) >= opt_param('target', 0.068))));
CREATE FUNCTION numbers(opt_solution) RETURNS TABLE (of text, name text, key text, value float8) LANGUAGE sql AS $$
	SELECT 'variable', name, key, value FROM opt_variables($1) UNION ALL SELECT 'bound', name, key, reduced_cost FROM opt_variables($1)
	UNION ALL SELECT 'constraint', name, key, dual FROM opt_constraints($1) UNION ALL SELECT 'objective', NULL, NULL, objective FROM opt_info($1) $$;
-- central differences of re-solves, extrapolated from two steps
CREATE FUNCTION resolved(problem opt_problem, parameter text, parameter_key text, p float8, h float8) RETURNS TABLE (of text, name text, key text, derivative float8) LANGUAGE sql AS $$
	SELECT a.of, a.name, a.key, (8 * (c.value - d.value) - (a.value - b.value)) / (6 * h) FROM
		numbers(opt_solve(problem, options => '{"tolerance": 1e-12, "absolute_tolerance": 1e-12}', params => CASE WHEN parameter_key IS NULL THEN jsonb_build_object(parameter, p + h) ELSE jsonb_build_object(parameter, jsonb_build_object(parameter_key, p + h)) END)) WITH ORDINALITY a JOIN
		numbers(opt_solve(problem, options => '{"tolerance": 1e-12, "absolute_tolerance": 1e-12}', params => CASE WHEN parameter_key IS NULL THEN jsonb_build_object(parameter, p - h) ELSE jsonb_build_object(parameter, jsonb_build_object(parameter_key, p - h)) END)) WITH ORDINALITY b USING (ordinality) JOIN
		numbers(opt_solve(problem, options => '{"tolerance": 1e-12, "absolute_tolerance": 1e-12}', params => CASE WHEN parameter_key IS NULL THEN jsonb_build_object(parameter, p + h / 2) ELSE jsonb_build_object(parameter, jsonb_build_object(parameter_key, p + h / 2)) END)) WITH ORDINALITY c USING (ordinality) JOIN
		numbers(opt_solve(problem, options => '{"tolerance": 1e-12, "absolute_tolerance": 1e-12}', params => CASE WHEN parameter_key IS NULL THEN jsonb_build_object(parameter, p - h / 2) ELSE jsonb_build_object(parameter, jsonb_build_object(parameter_key, p - h / 2)) END)) WITH ORDINALITY d USING (ordinality) $$;
CREATE FUNCTION off(text) RETURNS TABLE (compared bigint, off bigint, unreliable bigint) LANGUAGE sql AS $$
	WITH j AS MATERIALIZED (SELECT j.*, problem, r.value, r.lower, r.upper, max(abs(derivative)) OVER (PARTITION BY j.of, j.parameter, j.parameter_key) AS size
		FROM s, opt_jacobian(sol) j JOIN opt_ranging(sol) r USING (parameter) WHERE s.name = $1 AND r.parameter_key IS NOT DISTINCT FROM j.parameter_key),
	f AS MATERIALIZED (SELECT p.parameter, p.parameter_key, d.* FROM (SELECT DISTINCT ON (parameter, parameter_key) * FROM j) p,
		resolved(problem, parameter, parameter_key, value, least(1e-3, 0.3 * (coalesce(upper, 'inf') - value), 0.3 * (value - coalesce(lower, '-inf')))) d)
	SELECT count(*), count(*) FILTER (WHERE NOT abs(j.derivative - f.derivative) <= 1e-5 * j.size + 1e-8), count(*) FILTER (WHERE NOT reliable)
	FROM j JOIN f ON (j.of, j.parameter) = (f.of, f.parameter) AND j.name IS NOT DISTINCT FROM f.name AND j.key IS NOT DISTINCT FROM f.key AND j.parameter_key IS NOT DISTINCT FROM f.parameter_key $$;
SELECT * FROM off('markowitz');
SELECT j.name, key, rounded(derivative, 5) AS by_target FROM s, opt_jacobian(sol, '{variable,objective}', '{target}') j WHERE s.name = 'markowitz';

-- both senses, every kind of row, by every way to solve: one sign rule
SELECT keep('maximum', 'maximize a*x + b*y - (x^2)/20 - x*y/20 - (y^2)/10 subject to r1: x + 2*y <= c; r2: 3*x + y <= d; r3: x - y >= e; r4: 2*x == f + z where a := 3, b := 4, c := 10, d := 14, e := -2, f := 1, x in [0, inf], y in [0, inf], z in [0, 7]');
SELECT * FROM off('maximum');
SELECT keep('nonlinear', 'minimize q*exp(x*a) + (y - b)^2 + x^2/(1 + z^2) + z*w subject to n1: x^2 + y^2 <= c; n2: x*z + w >= d; n3: y + z + w == e where q := 1.5, a := 0.7, b := 2, c := 3, d := 0.2, e := 2.5, x in [-2, 2] start 0.5, y in [0, 3] start 1, z in [0, 2] start 0.5, w in [0.1, 5] start 1');
SELECT * FROM off('nonlinear');
INSERT INTO s SELECT 'nonlinear by ' || m, problem, opt_solve(problem, method => m) FROM s, unnest('{interior_point,augmented_lagrangian}'::text[]) m WHERE s.name = 'nonlinear' RETURNING name, opt_status(sol);
SELECT b.name, count(*), count(*) FILTER (WHERE abs(j.derivative - k.derivative) > 1e-8 OR k.side <> 'both' OR NOT k.reliable) AS off
FROM s a, s b, opt_jacobian(a.sol) WITH ORDINALITY j JOIN opt_jacobian(b.sol) WITH ORDINALITY k USING (ordinality) WHERE a.name = 'nonlinear' AND b.name ~ 'nonlinear by' GROUP BY b.name ORDER BY 1;

-- kinks: a multiplier that is zero, one-sided derivatives, the constraint named; no kink in what does not feel it
SELECT keep('kink', 'minimize (x - p)^2 + (y - x)^2 + (z - q)^2 subject to cap: x <= 1 where p := 1, q := 5');
SELECT of, j.name, parameter, rounded(derivative) AS derivative, side, reliable, reason FROM s, opt_jacobian(sol) j WHERE s.name = 'kink' ORDER BY parameter, of, j.name, side;
SELECT parameter, rounded(lower) AS lower, rounded(upper) AS upper, at_lower, at_upper FROM s, opt_ranging(sol) WHERE s.name = 'kink';
-- three rows through one vertex
SELECT keep('vertex', 'minimize (x - 4)^2 + (y - 5)^2 + x*y subject to r1: x <= a; r2: y <= b; r3: x + y <= s where a := 1, b := 2, s := 3');
SELECT of, j.name, parameter, rounded(derivative, 5) AS derivative, side, reliable, reason FROM s, opt_jacobian(sol, '{variable,objective}') j WHERE s.name = 'vertex' ORDER BY parameter, of, j.name, side;
SELECT parameter, d.side, count(*), bool_and(abs(derivative - (r.value - v.value) / d.h) < 1e-4) AS as_resolved
FROM s, (VALUES ('left', -1e-6), ('right', 1e-6)) d(side, h), opt_jacobian(sol, '{variable}') j, opt_variables(sol) v,
	 LATERAL (SELECT * FROM opt_variables(opt_solve(problem, params => jsonb_build_object(parameter, (CASE parameter WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 3 END) + d.h), options => '{"tolerance": 1e-13, "absolute_tolerance": 1e-13}'))) r
WHERE s.name = 'vertex' AND j.side IN (d.side, 'both') AND v.name = j.name AND r.name = j.name GROUP BY 1, 2 ORDER BY 1, 2;
-- an equality twice: no solution when one of them moves
SELECT keep('twice', 'minimize (x - q)^2 + y^2 subject to e1: x + y == p; e2: 2*x + 2*y == 2 where p := 1, q := 3');
SELECT of, j.name, parameter, rounded(derivative, 5) AS derivative, side, reliable, reason FROM s, opt_jacobian(sol, '{variable,objective}') j WHERE s.name = 'twice' ORDER BY parameter, of, j.name, side;
-- other solutions are as good
SELECT keep('flat', 'minimize x + y subject to r: x + y >= p where p := 1, x in [0, 5], y in [0, 5]');
SELECT of, j.name, rounded(derivative) AS derivative, reliable, reason IS NOT NULL AS says_why FROM s, opt_jacobian(sol, '{objective}') j WHERE s.name = 'flat';
-- no derivative in an exponent below zero, one in the other parameter
SELECT keep('exponent', 'minimize (x - a)^2 + x^e where a := -3, e := 2, x in [-10, -1]');
SELECT of, j.name, parameter, rounded(derivative) AS derivative, side, reliable, reason FROM s, opt_jacobian(sol, '{variable,objective}') j WHERE s.name = 'exponent' ORDER BY parameter, of;

-- products with a direction and with weights are sums of the Jacobian's rows
SELECT count(*), max(abs(v.derivative - j.derivative)) < 1e-12 AS same FROM s, opt_jvp(sol, '{"target": 0.5, "mu": {"2": 0.1}, "c": {"(1,1)": -2}}') v,
	LATERAL (SELECT sum(derivative * CASE parameter WHEN 'target' THEN 0.5 WHEN 'mu' THEN 0.1 ELSE -2 END) AS derivative FROM opt_jacobian(sol) j
		WHERE (parameter, coalesce(parameter_key, '')) IN (('target', ''), ('mu', '2'), ('c', '(1,1)')) AND j.of = v.of AND j.name IS NOT DISTINCT FROM v.name AND j.key IS NOT DISTINCT FROM v.key) j
WHERE s.name = 'markowitz';
CREATE TEMP TABLE direction (parameter text, parameter_key int, value float8);
INSERT INTO direction VALUES ('target', NULL, 0.5), ('mu', 2, 0.1);
SELECT count(*), max(abs(a.derivative - b.derivative)) AS off FROM s, opt_jvp(sol, (SELECT jsonb_agg(d) FROM direction d)) WITH ORDINALITY a
	JOIN opt_jvp((SELECT sol FROM s WHERE s.name = 'markowitz'), '{"target": 0.5, "mu": {"2": 0.1}}') WITH ORDINALITY b USING (ordinality) WHERE s.name = 'markowitz';
CREATE TEMP TABLE weight (of text, name text, key int, weight float8);
INSERT INTO weight VALUES ('variable', 'w', 1, 2), ('variable', 'w', 3, -1), ('bound', 'w', 2, 0.3), ('constraint', 'budget', NULL, 1.5), ('objective', NULL, NULL, 4);
SELECT count(*), max(abs(v.derivative - j.derivative)) < 1e-11 AS same, bool_and(v.reliable) AS reliable FROM s, opt_vjp(sol, (SELECT jsonb_agg(w) FROM weight w)) v,
	LATERAL (SELECT sum(j.derivative * weight) AS derivative FROM opt_jacobian(sol) j JOIN weight w ON j.of = w.of AND j.name IS NOT DISTINCT FROM w.name AND j.key IS NOT DISTINCT FROM w.key::text
		WHERE j.parameter = v.parameter AND j.parameter_key IS NOT DISTINCT FROM v.parameter_key) j
WHERE s.name = 'markowitz';

-- for a QP the prediction is the solution, also past a change of the active set
SELECT t, count(*), count(*) FILTER (WHERE abs(p.value - r.value) > 1e-6) AS off FROM s, (VALUES (0.055), (0.068), (0.072), (0.075)) x(t), opt_predict(sol, jsonb_build_object('target', t)) p
	JOIN LATERAL numbers(opt_solve(problem, params => jsonb_build_object('target', t))) r ON p.of = r.of AND p.name IS NOT DISTINCT FROM r.name AND p.key IS NOT DISTINCT FROM r.key
WHERE s.name = 'markowitz' GROUP BY t ORDER BY t;
SELECT count(*) AS infeasible FROM s, opt_predict(sol, '{"target": 0.5}') WHERE s.name = 'markowitz';

-- ranging of textbook LPs [Hillier, Lieberman: Wyndor Glass; Winston: Dakota Furniture], held by re-solving just inside and outside
SELECT keep('wyndor', 'maximize c1*x1 + c2*x2 subject to plant1: x1 <= b1; plant2: 2*x2 <= b2; plant3: 3*x1 + 2*x2 <= b3 where c1 := 3, c2 := 5, b1 := 4, b2 := 12, b3 := 18, x1 in [0, inf], x2 in [0, inf]');
SELECT parameter, value, rounded(lower) AS lower, rounded(upper) AS upper, at_lower, at_upper, exact, reliable FROM s, opt_ranging(sol) WHERE s.name = 'wyndor';
SELECT keep('dakota', 'maximize c1*desk + c2*table + c3*chair subject to lumber: 8*desk + 6*table + chair <= b1; finishing: 4*desk + 2*table + 1.5*chair <= b2; carpentry: 2*desk + 1.5*table + 0.5*chair <= b3 where c1 := 60, c2 := 30, c3 := 20, b1 := 48, b2 := 20, b3 := 8, desk in [0, inf], "table" in [0, inf], chair in [0, inf]');
SELECT parameter, value, rounded(lower) AS lower, rounded(upper) AS upper, at_lower, at_upper, exact FROM s, opt_ranging(sol, '{c1,c2,c3,b1,b2,b3}') WHERE s.name = 'dakota';
-- coefficients: the solution is a quotient of polynomials of each, its range still exact
SELECT keep('coefficients', 'maximize 3*x1 + 5*x2 subject to plant1: a11*x1 <= 4; plant2: a22*x2 <= 12; plant3: a31*x1 + a32*x2 <= 18 where a11 := 1, a22 := 2, a31 := 3, a32 := 2, x1 in [0, inf], x2 in [0, inf]');
SELECT keep('quadratic', 'minimize q*x^2 + r*x*y + 2*y^2 - 4*x - 9*y subject to sum: s*x + y <= 3; most: y <= t*x + 2 where q := 1, r := 0.5, s := 1, t := 0.5, x in [0, 2], y in [0, inf]');
SELECT s.name, parameter, r.value, rounded(lower) AS lower, rounded(upper) AS upper, at_lower, at_upper, exact, reliable FROM s, opt_ranging(sol) r WHERE s.name IN ('coefficients', 'quadratic');
CREATE FUNCTION active(opt_solution) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM (SELECT name FROM opt_constraints($1) WHERE state <> 'inactive' UNION ALL SELECT name FROM opt_variables($1) WHERE state <> 'interior') x $$;
-- (below q = 0 the objective is not convex)
SET client_min_messages = error;
SELECT s.name, count(*) AS ends, count(*) FILTER (WHERE active(opt_solve(problem, params => jsonb_build_object(parameter, limit_ - 1e-3 * d))) = active(sol)) AS same_inside,
	count(*) FILTER (WHERE active(opt_solve(problem, params => jsonb_build_object(parameter, limit_ + 1e-3 * d))) = active(sol)) AS same_outside
FROM s, opt_ranging(sol) r, LATERAL (VALUES (r.lower, -1), (r.upper, 1)) e(limit_, d) WHERE s.name IN ('wyndor', 'dakota', 'coefficients', 'quadratic') AND limit_ IS NOT NULL GROUP BY s.name ORDER BY 1;
RESET client_min_messages;
-- dependent rows: the ranges of the solution, not those of a basis; a supply alone cannot move in a balanced transport
SELECT keep('corner', 'maximize x + c*y subject to r[1]: x <= a; r[2]: y <= 1; r[3]: x + y <= s where a := 1, s := 2, c := 1.5, x in [0, inf], y in [0, inf]');
SELECT keep('transport', 'minimize c11*x11 + c12*x12 + c21*x21 + c22*x22 subject to s1: x11 + x12 == supply; s2: x21 + x22 == 3; d1: x11 + x21 == 4; d2: x12 + x22 == 2 where c11 := 1, c12 := 4, c21 := 2, c22 := 4, supply := 3, x11 in [0, inf], x12 in [0, inf], x21 in [0, inf], x22 in [0, inf]');
SELECT s.name, parameter, r.value, rounded(lower) AS lower, rounded(upper) AS upper, at_lower, at_upper, exact, reliable FROM s, opt_ranging(sol) r WHERE s.name IN ('corner', 'transport');
SELECT parameter, count(*) FILTER (WHERE active(opt_solve(problem, params => jsonb_build_object(parameter, limit_ - 1e-3 * d))) = active(sol)) AS same_inside,
	count(*) FILTER (WHERE active(opt_solve(problem, params => jsonb_build_object(parameter, limit_ + 1e-3 * d))) = active(sol)) AS same_outside
FROM s, opt_ranging(sol, '{c11,c12,c21,c22}') r, LATERAL (VALUES (r.lower, -1), (r.upper, 1)) e(limit_, d) WHERE s.name = 'transport' AND limit_ IS NOT NULL GROUP BY 1 ORDER BY 1;

-- fits: a straight line by formulas, its squares multiplied out, with known errors; a bound and a row hold what they hold
CREATE TEMP TABLE point AS SELECT i AS x, 1 + 2 * i + (i * 37 % 11 - 5) / 10.0 AS y FROM generate_series(1, 12) i;
SELECT regr_intercept(y, x) AS a, regr_slope(y, x) AS b, sqrt((regr_syy(y, x) - regr_sxy(y, x) ^ 2 / regr_sxx(y, x)) / (count(*) - 2) / regr_sxx(y, x)) AS se_b FROM point \gset
SELECT keep('line', (SELECT opt_minimize(sum((exp(ln(opt_var('a', start => 2))) + opt_var('b', start => 1) * x - y)^2)) FROM point));
SELECT keep('line in', (SELECT opt_minimize(sum((opt_var('a') + opt_var('b') * x - y)^2)) FROM point));
SELECT keep('line out', (SELECT opt_minimize(sum(r * r)) FROM (SELECT opt_var('a') + opt_var('b') * x - y FROM point) AS p(r)));
SELECT s.name, c.name, abs(standard_error / :se_b - 1) < 1e-8 AS as_regr, rounded((upper - value) / standard_error, 8) AS t, reliable, reason FROM s, opt_covariance(sol) c WHERE s.name LIKE 'line%' AND c.name = 'b' AND other_name = 'b' ORDER BY 1, 2;
SELECT c.name, c.other_name, rounded(standard_error, 8) AS se, rounded(correlation, 8) AS r, rounded((upper - value) / standard_error, 8) AS t FROM s, opt_covariance(sol, 0.99, observations => 12) c WHERE s.name = 'line out' ORDER BY 1, 2;
SELECT c.name, rounded(standard_error * standard_error - (SELECT 1 / (sum(x * x) - sum(x) ^ 2 / 12) FROM point), 10) AS off, rounded((upper - value) / standard_error, 6) AS normal FROM s, opt_covariance(sol, absolute => true) c WHERE s.name = 'line' AND c.name = 'b' AND other_name = 'b';
SELECT keep('held', (SELECT opt_minimize(sum((opt_var('a') + opt_var('b', ub => 1.5) * x + exp(opt_var('c') - opt_var('d')) - y)^2), opt_con('sum', opt_var('c') + opt_var('d') == 1), opt_con('c', opt_var('c') == 0.25)) FROM point));
SELECT c.name, rounded(value) AS value, rounded(standard_error, 8) AS se, reliable, reason FROM s, opt_covariance(sol) c WHERE s.name = 'held' AND c.name = other_name ORDER BY 1;
SELECT keep('undetermined', (SELECT opt_minimize(sum((exp(opt_var('a') + opt_var('b')) * x - y)^2)) FROM point));
SELECT c.name, standard_error, reliable, reason FROM s, opt_covariance(sol) c WHERE s.name = 'undetermined' AND c.name = other_name;
SELECT opt_covariance(sol) FROM s WHERE name = 'nonlinear';
SELECT opt_covariance(sol, 1.0) FROM s WHERE name = 'line';

-- NIST StRD MGH09: certified standard deviations; and derivatives of the parameters with respect to observations
CREATE TEMP TABLE mgh09 AS SELECT i, x, y FROM unnest('{4.0,2.0,1.0,0.5,0.25,0.167,0.125,0.1,0.0833,0.0714,0.0625}'::float8[], '{0.1957,0.1947,0.1735,0.16,0.0844,0.0627,0.0456,0.0342,0.0323,0.0235,0.0246}'::float8[]) WITH ORDINALITY o(x, y, i);
SELECT keep('mgh09', (SELECT opt_minimize(sum((opt_param('y', i, y) - opt_var('b1', start => 0.25) * (x ^ 2 + x * opt_var('b2', start => 0.39)) / (x ^ 2 + x * opt_var('b3', start => 0.415) + opt_var('b4', start => 0.39)))^2)) FROM mgh09));
SELECT c.name, abs(c.value / v.certified - 1) < 1e-8 AS value, abs(standard_error / v.sd - 1) < 1e-8 AS sd, reliable FROM s, opt_covariance(sol) c JOIN
	(VALUES ('b1', 1.9280693458e-1, 1.1435312227e-2), ('b2', 1.9128232873e-1, 1.9633220911e-1), ('b3', 1.2305650693e-1, 8.0842031232e-2), ('b4', 1.3606233068e-1, 9.0025542308e-2)) v(name, certified, sd) USING (name) WHERE s.name = 'mgh09' AND c.name = other_name ORDER BY 1;
SELECT count(*), bool_and(reliable) AS reliable, max(abs(derivative - slope)) < 1e-6 * max(abs(derivative)) AS as_resolved FROM s, opt_jacobian(sol, '{variable}', '{y[1],y[6]}') j, LATERAL (SELECT (x.value - y.value) / 2e-5 AS slope
	FROM opt_variables(opt_solve(problem, params => jsonb_build_object('y', jsonb_build_object(parameter_key, (SELECT y + 1e-5 FROM mgh09 WHERE i = parameter_key::int))), options => '{"tolerance": 1e-13, "absolute_tolerance": 1e-13}')) x
	JOIN opt_variables(opt_solve(problem, params => jsonb_build_object('y', jsonb_build_object(parameter_key, (SELECT y - 1e-5 FROM mgh09 WHERE i = parameter_key::int))), options => '{"tolerance": 1e-13, "absolute_tolerance": 1e-13}')) y USING (name) WHERE x.name = j.name) d WHERE s.name = 'mgh09';

-- a function of the database in the middle: derivatives by differences are said to be
CREATE FUNCTION cubed(float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT $1 ^ 3';
CREATE FUNCTION cubed_gradient(float8) RETURNS float8[] IMMUTABLE LANGUAGE sql AS 'SELECT ARRAY[3 * $1 ^ 2]';
SELECT keep('call', opt_minimize(opt_call('cubed(float8)'::regprocedure, 'cubed_gradient(float8)'::regprocedure, opt_var('x', lb => 0.1, start => 1)) - opt_param('p', 12.0) * opt_var('x', lb => 0.1, start => 1)));
SELECT of, j.name, rounded(derivative, 4) AS derivative, reliable, reason FROM s, opt_jacobian(sol, '{variable,objective}') j WHERE s.name = 'call';

-- no rows where there is no solution, or no parameter
SELECT keep('infeasible', 'minimize x subject to a: x >= p; b: x <= 0 where p := 1');
SELECT keep('constant', 'minimize x^2');
SELECT count(*) FROM s, opt_jacobian(sol) WHERE s.name IN ('infeasible', 'constant');
SELECT count(*) FROM s, opt_predict(sol, '{}') WHERE s.name = 'infeasible';
SELECT count(*) FROM opt_jacobian(NULL), opt_ranging(NULL), opt_covariance(NULL);

-- misuse
SELECT opt_jacobian(sol, '{variable,weights}') FROM s WHERE name = 'wyndor';
SELECT opt_jacobian(sol, '{variable,NULL}') FROM s WHERE name = 'wyndor';
SELECT opt_jacobian(sol, parameters => '{c1,c9}') FROM s WHERE name = 'wyndor';
SELECT opt_jacobian(sol, parameters => '{x}') FROM s WHERE name = 'constant';
SELECT opt_ranging(sol, '{x1}') FROM s WHERE name = 'wyndor';
SELECT opt_jvp(sol, NULL) FROM s WHERE name = 'wyndor';
SELECT opt_jvp(sol, '{"c9": 1}') FROM s WHERE name = 'wyndor';
SELECT opt_jvp(sol, '{"x1": 1}') FROM s WHERE name = 'wyndor';
SELECT opt_jvp(sol, '[{"parameter": "c1"}]') FROM s WHERE name = 'wyndor';
SELECT opt_jvp(sol, '[1]') FROM s WHERE name = 'wyndor';
SELECT opt_jvp(sol, '"c1"') FROM s WHERE name = 'wyndor';
SELECT opt_vjp(sol, '[{"of": "weights", "name": "x1", "weight": 1}]') FROM s WHERE name = 'wyndor';
SELECT opt_vjp(sol, '[{"of": "constraint", "name": "plant9", "weight": 1}]') FROM s WHERE name = 'wyndor';
SELECT opt_vjp(sol, '[{"name": "c1", "weight": 1}]') FROM s WHERE name = 'wyndor';
SELECT opt_vjp(sol, '[{"weight": 1}]') FROM s WHERE name = 'wyndor';
