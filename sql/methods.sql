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
FROM p, unnest('{auto,interior_point,sqp,augmented_lagrangian}'::text[]) m,
	LATERAL opt_solve(convex, m) s, opt_info(s) i;

-- bounds only
SELECT opt_solve(hs071, 'l_bfgs_b') FROM p;
-- without second derivatives: by structure
SELECT i.status, i.method, i.reason FROM p, opt_info(opt_solve(valley, options => '{"exact_hessian": false}')) i;

-- warm starts from any method to any: the same answer, in fewer iterations
WITH cold AS MATERIALIZED (SELECT m, opt_solve(hs071, m) AS sol FROM p, unnest('{interior_point,sqp,augmented_lagrangian}'::text[]) m)
SELECT a.m AS "from", b.m AS "to", w.status, round(w.objective::numeric, 6) AS objective, w.iterations < c.iterations AS fewer
FROM cold a, cold b, p, opt_info(b.sol) c, LATERAL opt_solve(hs071, b.m, warm_start => a.sol) s, opt_info(s) w ORDER BY 1, 2;

-- a method that cannot: the next one, unless that is forbidden
WITH s AS MATERIALIZED (SELECT opt_solve(opt_problem('x', '{x^2 == -1}'), 'sqp', options => o) AS sol
	FROM unnest(ARRAY['{"fallback": false}', '{}']::jsonb[]) o)
SELECT i.status, i.termination, i.method, i.reason FROM s, opt_info(sol) i;
