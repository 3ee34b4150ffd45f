-- The methods for nonlinear programs: by name, by structure, one after the other

CREATE TEMP TABLE p AS
SELECT opt_problem('x1*x4*(x1+x2+x3)+x3', ARRAY['prod: x1*x2*x3*x4 >= 25', 'sphere: x1^2+x2^2+x3^2+x4^2 == 40'],
	variables => $$SELECT * FROM (VALUES ('x1', 1, 5, 1), ('x2', 1, 5, 5), ('x3', 1, 5, 5), ('x4', 1, 5, 1)) v(name, lower, upper, start)$$) AS hs071,
	opt_problem('100*(y-x^2)^2+(1-x)^2', '{}',
	variables => $$SELECT * FROM (VALUES ('x', -5, 0.5, -1.2), ('y', -5, 5, 1)) v(name, lower, upper, start)$$) AS valley,
	opt_problem('x^2+y^2', '{x+y == 2}') AS convex;

-- each method by name
SELECT m AS method, i.status, i.termination, i.method AS ran, round(i.objective::numeric, 6) AS objective,
	round(opt_dual(s, 'prod')::numeric, 5) AS prod, round(opt_dual(s, 'sphere')::numeric, 5) AS sphere
FROM p, unnest('{auto,interior_point,sqp,augmented_lagrangian}'::text[]) m,
	LATERAL opt_solve(hs071, m) s, opt_info(s) i;
SELECT m AS method, i.status, i.method AS ran, round(i.objective::numeric, 6) AS objective, v.name, round(v.value::numeric, 6) AS value, round(v.reduced_cost::numeric, 5) AS reduced_cost
FROM p, unnest('{auto,interior_point,sqp,l_bfgs_b,augmented_lagrangian}'::text[]) m,
	LATERAL opt_solve(valley, m) s, opt_info(s) i, opt_variables(s) v ORDER BY m, v.name;

-- a convex problem: interior_point and auto leave it to its own solver, a nonlinear method by name does not
SELECT m AS method, i.status, i.method AS ran, round(i.objective::numeric, 6) AS objective
FROM p, unnest('{auto,interior_point,active_set,sqp,augmented_lagrangian}'::text[]) m,
	LATERAL opt_solve(convex, m) s, opt_info(s) i;

-- the active set method: quadratic programs, solved again from the working set of another one
SELECT opt_solve(hs071, 'active_set') FROM p;
WITH r AS (SELECT i, round((0.5 + i * 0.1)::numeric, 2)::float8 AS rhs FROM generate_series(0, 3) i),
s AS MATERIALIZED (SELECT opt_solve(opt_problem('(x-1)^2 + (y-2)^2 + (z-3)^2', '{cap: x+y+z <= 0.5}', variables => $$SELECT v AS name, 0 AS lower, NULL::float8 AS upper FROM unnest('{x,y,z}'::text[]) v$$), 'active_set') AS sol)
SELECT rhs, i.status, i.method, i.iterations, round(i.objective::numeric, 4) AS objective, round(opt_dual(w, 'cap')::numeric, 4) AS price
FROM r, s, LATERAL opt_solve(opt_problem('(x-1)^2 + (y-2)^2 + (z-3)^2', '{cap: x+y+z <= r}', variables => $$SELECT v AS name, 0 AS lower, NULL::float8 AS upper FROM unnest('{x,y,z}'::text[]) v$$, params => jsonb_build_object('r', rhs)),
	'active_set', warm_start => sol) w, opt_info(w) i ORDER BY rhs;
-- where it is not convex, a local minimizer
SELECT i.status, i.method, i.reason, round(i.objective::numeric, 4) AS objective
FROM opt_info(opt_solve(opt_problem('x*y', '{c: x+y >= -1}', variables => $$SELECT v AS name, -2 AS lower, 2 AS upper FROM unnest('{x,y}'::text[]) v$$), 'active_set')) i;

-- bounds only
SELECT opt_solve(hs071, 'l_bfgs_b') FROM p;
-- without second derivatives: by structure
SELECT i.status, i.method, i.reason FROM p, opt_info(opt_solve(valley, options => '{"exact_hessian": false}')) i;

-- warm starts from any method to any: the same answer, in fewer iterations
WITH cold AS MATERIALIZED (SELECT m, opt_solve(hs071, m) AS sol FROM p, unnest('{interior_point,sqp,augmented_lagrangian}'::text[]) m)
SELECT a.m AS "from", b.m AS "to", w.status, round(w.objective::numeric, 6) AS objective, w.iterations < c.iterations AS fewer
FROM cold a, cold b, p, opt_info(b.sol) c, LATERAL opt_solve(hs071, b.m, warm_start => a.sol) s, opt_info(s) w ORDER BY 1, 2;

-- a method that cannot: the next one, unless that is forbidden
WITH s AS MATERIALIZED (SELECT opt_solve(opt_problem('x', '{x^2 - 2*x*y + y^2 == -1}'), 'sqp', options => o) AS sol
	FROM unnest(ARRAY['{"fallback": false}', '{}']::jsonb[]) o)
SELECT i.status, i.termination, i.method, i.reason FROM s, opt_info(sol) i;
-- what the bounds alone exclude needs no method; the reason names the row, the conflict is that row, a check finds the proof again
WITH s AS MATERIALIZED (SELECT method, opt_solve('minimize x subject to some: x <= 3; never: sqrt(x) <= -1', method) AS sol FROM unnest('{auto,augmented_lagrangian}'::text[]) method)
SELECT i.status, i.termination, i.iterations, i.reason, c.name, c.side, v.passed, v.note FROM s, opt_info(sol) i, opt_conflict(sol) c, opt_verify('minimize x subject to some: x <= 3; never: sqrt(x) <= -1', sol) v WHERE v.item = 'verdict' ORDER BY s.method, c.name;
-- where the objective has no limit, at a pole too; where it has one, slowly
SELECT problem, i.status FROM unnest(ARRAY['minimize ln(x) where x in [0, 4] start 1', 'minimize x*ln(x) where x in [0, 4] start 1', 'minimize 1/ln(x) where x in [2, inf] start 2']) problem, opt_info(opt_solve(problem::opt_problem)) i;
