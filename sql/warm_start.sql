-- warm_start: a hint saves time, or does not, and never changes the answer.
\pset format unaligned
CREATE TEMP TABLE method AS SELECT * FROM unnest('{interior_point,sqp,augmented_lagrangian}'::text[]) WITH ORDINALITY m(method, n);
CREATE TEMP TABLE model AS SELECT * FROM (VALUES
	('first', 'minimize (x - 1)^4 + exp(y) + (x*y - 1)^2 + z^2 subject to a: x + y + z >= 1; b: x^2 + y^2 + z^2 <= 9; eq: x - z == 0.2 where x in [0, 3], y in [-2, 2]'::opt_problem),
	('changed', 'minimize (x - 1.1)^4 + exp(y) + (x*y - 1)^2 + w^2 subject to a: x + y + w >= 1.1; c: x^2 + y^2 + w^2 <= 8; eq: x - w == 0.3 where x in [0, 3], y in [-2, 2]')) m(model, problem);
CREATE TEMP TABLE hint AS SELECT method, opt_solve(problem, method) AS sol FROM model, method WHERE model = 'first';

-- from every method to every method; of the changed model, what has kept its name
SELECT model, f.method AS from_method, t.method AS to_method, i.status, round(i.objective::numeric, 6) AS objective
FROM model, hint f, method t, opt_info(opt_solve(problem, t.method, warm_start => f.sol)) i WHERE f.method <> t.method ORDER BY 1, 2, 3;
SELECT model, m.method, i.status, round(i.objective::numeric, 6) AS objective FROM model, method m, opt_info(opt_solve(problem, method)) i ORDER BY 1, 2;

-- hints from where nothing has a value, from far out, without a point, of other names
CREATE TEMP TABLE wrong AS SELECT * FROM (VALUES (1, opt_solve('minimize y where y in [1000, inf]')), (2, opt_solve('minimize y where y in [1e300, inf]')), (3, opt_solve('maximize y where y in [-inf, -5]')),
	(4, opt_solve('minimize y subject to y >= 1; y <= 0')), (5, opt_solve('minimize q^2')), (6, NULL)) w(n, sol);
SELECT DISTINCT i.status, round(i.objective::numeric, 6) AS objective FROM model, method, wrong, opt_info(opt_solve(problem, method, warm_start => sol)) i WHERE model = 'first';
SELECT DISTINCT i.status, round(i.objective::numeric, 6) AS objective FROM wrong,
	unnest('{auto,interior_point,sqp,augmented_lagrangian,l_bfgs_b}'::text[]) method, opt_info(opt_solve('minimize ln(y)^2 + y where y in [-inf, inf] start 3', method, warm_start => sol)) i;
SELECT i.status, i.reason FROM wrong, opt_info(opt_solve('minimize ln(y - 100)^2 + y where y in [-inf, inf] start 103', warm_start => sol)) i WHERE wrong.n = 3;
-- a problem that fails without a hint too is not solved twice for ever
SELECT i.status, i.termination, i.reason FROM wrong, opt_info(opt_solve('minimize ln(y - 5000) where y in [-inf, 100]', warm_start => sol)) i WHERE wrong.n = 3;
-- limits are limits of the whole
SELECT i.status, i.termination FROM wrong, opt_info(opt_solve('minimize ln(y)^2 + y where y in [-inf, inf] start 3', 'sqp', '{"nonlinear_max_iterations": 1, "fallback": false}', sol)) i WHERE wrong.n = 5;
