-- Parameters in bounds of variables.
\pset null '-'
CREATE SCHEMA param_bounds;
SET search_path TO param_bounds, public;
SET jit TO off;		-- estimates of nested functions are far too high

CREATE FUNCTION rounded(float8, int DEFAULT 6) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT round($1::numeric, $2) + 0.0 $$;

-- every kind of bound: numbers of all types, literals, nulls, expressions, in names and in places
SELECT opt_var('x', lb => 0, ub => NULL) AS a, opt_var('x', ub => 'infinity') AS b, opt_var('x', lb => NULL, ub => NULL) AS c, opt_var('x', 1, NULL, NULL, NULL) AS d, opt_var('x', 'k', '-1e3', ' 2 ') AS e;
SELECT opt_var('x', lb => i2, ub => i4) AS a, opt_var('x', lb => i8, ub => n) AS b, opt_var('x', lb => f4, ub => f8, start => i4) AS c FROM (VALUES (1::int2, 2::int4, 3::int8, 4.5::numeric, 0.5::float4, 6.5::float8)) t(i2, i4, i8, n, f4, f8);
CREATE DOMAIN share AS numeric CHECK (value >= 0);
PREPARE bounds(float8, numeric) AS SELECT opt_var('x', lb => $1, ub => $2);
EXECUTE bounds(1, 2.5);
EXECUTE bounds(NULL, NULL);
SELECT opt_var('x', ub => 0.25::share) AS a, opt_var('x', lb => opt_param('p', 1)) AS b, opt_var('x', lb => 0, ub => opt_param('p', 1)) AS c, opt_var('x', lb => opt_param('p', 1), ub => NULL) AS d;
SELECT opt_var('x', 7, 0, 0.5 * opt_param('cap', 7, 0.1), 0.01) AS a, opt_var('x', lb => -(opt_param('p', 2)^2), ub => exp(opt_param('p', 2)) + opt_param('q', 1)) AS b, opt_var('x', lb => NULL::opt_expr, ub => 3::opt_expr) AS c;
SELECT opt_var('x', lb => opt_param('p', 1) - opt_param('p', 1) + 2) AS not_folded, opt_var('x', ub => 'p where p := 3'::opt_expr) AS of_text;
SELECT opt_var('w', k, 0, c * opt_param('limit', 1)) AS w FROM (VALUES ('a', 0.1), ('b', NULL), ('c', 0.2)) t(k, c) WHERE c IS NOT NULL;

-- and what is none
\set VERBOSITY default
SELECT opt_var('x', lb => opt_var('y'));
SELECT opt_var('x', 'k', ub => opt_param('p', 1) * opt_var('y', 1));
SELECT opt_var('x', ub => 'a'::text);
SELECT opt_var('x', ub => now());
SELECT opt_var('x', ub => 'abc');
SELECT opt_var('x', ub => 'NaN');
SELECT opt_var('x', lb => opt_param('p', NULL));
SELECT opt_var('x', lb => opt_param('p', 'NaN'));
SELECT opt_var('x', ub => '-infinity'::float8::opt_expr);
SELECT opt_var('x', lb => opt_param('p', 1)) + opt_var('x', lb => opt_param('p', 1));
SELECT opt_var('x', lb => opt_param('p', 1)) + opt_var('x', lb => 2 * opt_param('p', 1));
SELECT opt_var('x', lb => opt_param('p', 1)) + opt_var('x', lb => 1);
SELECT opt_var('x', lb => opt_param('p', 1)) + opt_param('p', 2);
SELECT 'x where x in [0, y], y free'::opt_expr;

-- there and back: text, storage, the wire, aggregates, sets of constraints
CREATE TEMP TABLE v AS SELECT k, opt_var('x', k, lb => opt_param('floor', 0.25) - 1, ub => opt_param('cap', k, k / 2.0) * opt_param('scale', 2)) AS x FROM generate_series(1, 3) k;
SELECT x FROM v;
SELECT bool_and(x::text::opt_expr::text = x::text) AS text, bool_and(opt_expr_send(x::text::opt_expr) = opt_expr_send(x)) AS wire FROM v;
COPY (SELECT x FROM v) TO '/dev/null' BINARY;
SELECT sum(x * x) + sum(x) AS sums, sum(k * x) <= 3 AS row FROM v;
CREATE TEMP TABLE problem AS SELECT opt_minimize(sum((x - 3) * (x - 3)), opt_all(opt_con('all', k, x <= 10)), opt_con('sum', sum(x) >= 1)) AS p FROM v;
SELECT p FROM problem;
SELECT p::text::opt_problem::text = p::text AS same, opt_problem_send(p::text::opt_problem) = opt_problem_send(p) AS bytes FROM problem;
SELECT r.* FROM problem, opt_show(p) r WHERE part <> 'constraint';
SELECT count(*) FILTER (WHERE item ~ 'parameter' AND section = 'lint') AS unused_parameters FROM problem, opt_explain(p) e(section, item, value, note);

-- values by params: of the solve, of the rows, of the solution that is stored
SELECT opt_status(s), string_agg(concat_ws(' ', key, rounded(value), lower, upper, state), ', ' ORDER BY key) FROM problem, (VALUES (NULL::jsonb), ('{"scale": 4, "cap": {"2": 0.5}}'), ('{"floor": 4.5}')) t(params), opt_solve(p, params => params) s, opt_variables(s) GROUP BY params, 1 ORDER BY params;
CREATE TEMP TABLE stored AS SELECT opt_solve(p, params => '{"scale": 4, "cap": {"2": 0.5}}') AS s FROM problem;
SELECT name, key, rounded(value) AS value, lower, upper, state FROM stored, opt_variables(s);
SELECT bool_and(a.value = b.value AND a.upper = b.upper) AS text FROM stored, opt_variables(s) a JOIN LATERAL opt_variables(s::text::opt_solution) b ON a.key = b.key;
SELECT bool_and(passed) AS verified FROM problem, stored, opt_verify(p, s, params => '{"scale": 4, "cap": {"2": 0.5}}') v;
SELECT item FROM problem, stored, opt_verify(p, 'SELECT name, key, value FROM stored, opt_variables(s)') v WHERE NOT passed ORDER BY item;
-- crossed, equal, not a number
SELECT opt_status(s), c.part, c.key, c.side, c.lower, c.upper, rounded(c.amount) AS amount, c.proof FROM problem, opt_solve(p, params => '{"cap": {"1": -1}}') s, opt_conflict(s) c ORDER BY 2, 3;
SELECT opt_value(s, x) FROM (SELECT opt_var('x', lb => opt_param('l', 1), ub => opt_param('u', 2)) x) v, opt_solve(opt_minimize(x), params => '{"l": 1.5, "u": 1.5}') s;
SELECT opt_solve(opt_minimize(x), params => '{"l": -1}') FROM (SELECT opt_var('x', lb => ln(opt_param('l', 1))) x) v;
SELECT opt_solve(opt_minimize(x), params => '{"l": null}') FROM (SELECT opt_var('x', lb => opt_param('l', 1)) x) v;
SELECT opt_solve(opt_minimize(x), params => '{"m": 2}') FROM (SELECT opt_var('x', lb => opt_param('l', 1)) x) v;
-- a warm start at a bound that has moved
SELECT opt_status(w), rounded(opt_value(w, x)) AS x, opt_reduced_cost(w, x) FROM (SELECT opt_var('x', lb => 0, ub => opt_param('u', 2)) x) v, opt_solve(opt_minimize((x - 5)^2)) s, unnest('{0.5,2,3,9}'::float8[]) u, opt_solve(opt_minimize((x - 5)^2), warm_start => s, params => jsonb_build_object('u', u)) w ORDER BY u;

-- the derivative of a clamped minimizer by its bound is 1, by every method, at both kinds of bounds
CREATE TEMP TABLE clamped AS SELECT opt_minimize((x - 3)^2 + (y + 3)^2 + (z - 1)^2 + exp(c * x) * c) AS p, x, y, z, c FROM (SELECT c, opt_var('x', lb => 0, ub => opt_param('u', 2), start => 1) x, opt_var('y', lb => opt_param('l', 0.5), ub => 4, start => 1) y, opt_var('z', lb => opt_param('l', 0.5), ub => opt_param('u', 2), start => 1) z FROM (VALUES (0.0), (0.1)) t(c)) v;
SELECT method, count(*) AS n, count(DISTINCT c) AS problems, bool_and(abs(d - expected) < 1e-9 AND side = 'both' AND reliable) AS right FROM
	(SELECT method, c, j.side, j.reliable, j.derivative AS d, CASE name || parameter WHEN 'xu' THEN 1 WHEN 'yl' THEN 1 ELSE 0 END AS expected
	FROM unnest('{auto,interior_point,sqp,l_bfgs_b,augmented_lagrangian,active_set}'::text[]) method, clamped, opt_solve(p, CASE WHEN c > 0 AND method = 'active_set' THEN 'auto' ELSE method END) s, opt_jacobian(s, '{variable}') j) t GROUP BY method ORDER BY method;

-- every derivative against central differences of re-solves: bounds, rows and objective share parameters, bounds are curved
CREATE FUNCTION numbers(opt_solution) RETURNS TABLE (of text, name text, value float8) LANGUAGE sql AS $$
	SELECT 'variable', name, value FROM opt_variables($1) UNION ALL SELECT 'bound', name, reduced_cost FROM opt_variables($1)
	UNION ALL SELECT 'constraint', name, dual FROM opt_constraints($1) UNION ALL SELECT 'objective', '', objective FROM opt_info($1) $$;
CREATE TEMP TABLE curved AS SELECT name, CASE WHEN name = 'minimum' THEN opt_minimize(f, VARIADIC c) ELSE opt_maximize(-2 * f, VARIADIC c) END AS p FROM
	(SELECT (a - 3)^2 + (b + 1)^2 + a * b + opt_param('q', 1.5) * (d - a)^2 + exp(0.3 * e) + (e - opt_param('p', 0.8))^2 AS f,
		ARRAY[opt_con('row', a + b + d <= 2 + opt_param('q', 1.5)), opt_con('link', d + e * opt_param('p', 0.8) == 1)] AS c
	FROM (SELECT opt_var('a', lb => 0, ub => opt_param('p', 0.8)^2 + 0.5 * opt_param('q', 1.5)) a, opt_var('b', lb => exp(-opt_param('p', 0.8)) * opt_param('q', 1.5), ub => 9) b,
		opt_var('d', lb => -5, ub => 5 * opt_param('q', 1.5)) d, opt_var('e', lb => opt_param('r', -3), ub => opt_param('r', -3) + 9) e) v) w, (VALUES ('minimum'), ('maximum')) t(name);
CREATE FUNCTION moved(opt_problem, text, float8, n float8) RETURNS TABLE (of text, name text, value float8) LANGUAGE sql AS $$
	SELECT of, name, sum(CASE abs(step) WHEN 1 THEN 8 ELSE -1 END * sign(step) * value) / (12 * n)
	FROM unnest('{-2,-1,1,2}'::float8[]) step, numbers(opt_solve($1, options => '{"tolerance": 1e-12, "absolute_tolerance": 1e-12}', params => jsonb_build_object($2, $3 + step * n))) GROUP BY 1, 2 $$;
WITH f AS MATERIALIZED (SELECT c.name AS sense, parameter, m.of, m.name, m.value FROM curved c, (VALUES ('p', 0.8), ('q', 1.5), ('r', -3)) t(parameter, at), moved(p, parameter, at, 1e-3) m)
SELECT c.sense, method, opt_status(s) AS status, count(*) AS n, count(*) FILTER (WHERE derivative <> 0) AS not_zero, bool_and(abs(derivative - f.value) < 1e-6 * (1 + abs(derivative))) AS right, bool_and(reliable AND side = 'both') AS reliable
FROM (SELECT name AS sense, p, method FROM curved, unnest('{interior_point,sqp,augmented_lagrangian}'::text[]) method) c, opt_solve(p, method) s, opt_jacobian(s) j LEFT JOIN f USING (of, parameter)
WHERE f.sense = c.sense AND f.name = coalesce(j.name, '') GROUP BY 1, 2, 3 ORDER BY 1, 2;

-- products with the Jacobian, both ways, agree with it
WITH s AS MATERIALIZED (SELECT name, opt_solve(p) AS s FROM curved), j AS MATERIALIZED (SELECT s.name AS sense, j.* FROM s, opt_jacobian(s) j),
w AS (SELECT of, name, 1 + row_number() OVER (ORDER BY of, name) AS weight FROM (SELECT DISTINCT of, name FROM j) n)
SELECT s.name, bool_and(abs(jvp - d.derivative) < 1e-9) AS jvp FROM s, LATERAL (SELECT of, d.name, d.derivative, (SELECT sum(CASE parameter WHEN 'p' THEN 2 WHEN 'q' THEN -1 ELSE 3 END * derivative) FROM j WHERE j.sense = s.name AND j.of = d.of AND j.name IS NOT DISTINCT FROM d.name) AS jvp FROM opt_jvp(s, '{"p": 2, "q": -1, "r": 3}') d) d GROUP BY 1 ORDER BY 1;
WITH s AS MATERIALIZED (SELECT name, opt_solve(p) AS s FROM curved)
SELECT s.name, v.parameter, abs(v.derivative - (SELECT sum(derivative * CASE WHEN of = 'variable' AND j.name = 'a' THEN 2 WHEN of = 'variable' AND j.name = 'e' THEN -1 WHEN of = 'bound' AND j.name = 'b' THEN 0.5 WHEN of = 'bound' AND j.name = 'a' THEN 0.25 WHEN of = 'constraint' AND j.name = 'row' THEN 3 WHEN of = 'objective' THEN 1.5 ELSE 0 END)
	FROM opt_jacobian(s) j WHERE j.parameter = v.parameter)) < 1e-9 AS right, v.reliable FROM s, opt_vjp(s, '[{"of": "variable", "name": "a", "weight": 2}, {"of": "variable", "name": "e", "weight": -1}, {"of": "bound", "name": "b", "weight": 0.5}, {"of": "bound", "name": "a", "weight": 0.25}, {"of": "constraint", "name": "row", "weight": 3}, {"of": "objective", "weight": 1.5}]') v ORDER BY 1, 2;

-- where the multiplier of a moving bound is 0 there are two derivatives, as re-solving has them
CREATE TEMP TABLE kink AS SELECT p, opt_solve(p) AS s FROM (SELECT opt_minimize((x - 2)^2 + x * y + y^2) AS p FROM (SELECT opt_var('x', ub => opt_param('u', 2)) x, opt_var('y', lb => 0) y) v) q;
SELECT name, rounded(value) AS value, rounded(reduced_cost) AS reduced_cost FROM kink, opt_variables(s);
SELECT of, name, rounded(derivative) AS derivative, side, reliable, reason FROM kink, opt_jacobian(s) ORDER BY of, name, side;
SELECT step, name, rounded((v.value - a.value) / step) AS x, rounded((v.reduced_cost - a.reduced_cost) / step) AS reduced_cost FROM kink, unnest('{-1e-3,1e-3}'::float8[]) step, opt_variables(s) a JOIN LATERAL opt_variables(opt_solve(p, params => jsonb_build_object('u', 2 + step))) v USING (name) ORDER BY step, name;
-- equal bounds that a parameter parts: room on one side, nothing on the other
CREATE TEMP TABLE parting AS SELECT opt_solve(opt_minimize((x - 5)^2 + y^2, opt_con('r', y >= x))) AS s FROM (SELECT opt_var('x', lb => 1, ub => opt_param('u', 1)) x, opt_var('y') y) v;
SELECT of, name, rounded(derivative) AS derivative, side, reliable, reason FROM parting, opt_jacobian(s) ORDER BY of, name, side;
SELECT parameter, value, rounded(lower) AS lower, rounded(upper) AS upper, lower_event, upper_event FROM parting, opt_ranging(s) r(parameter, parameter_key, value, lower, upper, lower_event, upper_event);
-- both bounds are one parameter: no kink
SELECT of, name, rounded(derivative) AS derivative, side, reliable, reason FROM (SELECT opt_var('x', lb => opt_param('u', 1), ub => opt_param('u', 1)) x) v, opt_solve(opt_minimize((x - 5)^2)) s, opt_jacobian(s) ORDER BY of;
-- a formula without a derivative where it stands
SELECT of, name, derivative, side, reliable, reason FROM (SELECT opt_var('x', lb => opt_param('u', 0)^0.5) x) v, opt_solve(opt_minimize((x + 5)^2)) s, opt_jacobian(s, '{variable}');

-- ranging: exact ends for bounds that are linear and that are not, checked by solving on both sides of them
CREATE TEMP TABLE ranged AS SELECT opt_minimize((x - 5)^2 + (y - 1)^2 + x * y, opt_con('r', x + y <= 6)) AS p FROM (SELECT opt_var('x', lb => 0, ub => 0.5 * opt_param('cap', 2)) x, opt_var('y', lb => exp(opt_param('f', 0)), ub => opt_param('top', 4)) y) v;
SELECT r.* FROM ranged, opt_ranging(opt_solve(p)) r;
SELECT r.parameter, to_side, string_agg(concat_ws(' ', rounded((at - at_end)::numeric::float8, 4), x.state, y.state, opt_status(s)), ', ' ORDER BY at) FROM ranged, opt_ranging(opt_solve(p)) r, LATERAL (VALUES ('lower', r.lower), ('upper', r.upper)) e(to_side, at_end), unnest('{-1e-4,1e-4}'::float8[]) d, LATERAL (SELECT at_end + d AS at) a, opt_solve(p, params => jsonb_build_object(r.parameter, at)) s
	LEFT JOIN LATERAL (SELECT state FROM opt_variables(s) WHERE name = 'x') x ON true LEFT JOIN LATERAL (SELECT state FROM opt_variables(s) WHERE name = 'y') y ON true WHERE at_end IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
-- predictions: exact for a quadratic program whose bounds move, and none where they cross
SELECT params, bool_and(abs(a.value - b.value) < 1e-7) AS exact, count(*) AS n FROM ranged, (VALUES ('{"cap": 3}'::jsonb), ('{"cap": 20}'), ('{"f": 1.3}'), ('{"f": -1, "top": 0.5}'), ('{"cap": 0, "f": 1.2, "top": 7}')) v(params),
	opt_predict(opt_solve(p), params) a JOIN LATERAL numbers(opt_solve(p, params => params)) b ON b.of = a.of AND b.name = coalesce(a.name, '') GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM ranged, opt_predict(opt_solve(p), '{"cap": -1}');
SELECT count(*) FROM ranged, opt_predict(opt_solve(p), '{"f": 1000}');
-- a fit with a bound that is a parameter
SELECT name, rounded(value) AS value, state FROM (SELECT opt_minimize(sum((y - a * exp(b * t))^2)) AS p FROM (VALUES (0, 1.0), (1, 1.5), (2, 2.4), (3, 3.6)) d(t, y), (SELECT opt_var('a', start => 1) a, opt_var('b', lb => 0, ub => opt_param('b_most', 0.4), start => 0.1) b) v) q, opt_variables(opt_solve(p));

SET client_min_messages TO warning;
DROP SCHEMA param_bounds CASCADE;
