-- opt_explain and opt_show: a problem before it is solved.
\pset format unaligned
-- the numbers of bytes are the machine's, the method of a nonlinear problem is tested elsewhere
CREATE FUNCTION pg_temp.explain(problem opt_problem) RETURNS TABLE (topic text, item text, value text, note text) LANGUAGE sql AS
$$ SELECT topic, item, CASE WHEN topic = 'memory' THEN (value::numeric > 0)::text ELSE value END, note FROM opt_explain(problem)
	WHERE topic <> 'method' OR value IN ('lp', 'qp') $$;

-- HS071 with a constraint that the bounds imply
CREATE TEMP TABLE p AS SELECT opt_minimize('x1*x4*(x1 + x2 + x3) + x3'::opt_expr, opt_con('prod', 'x1*x2*x3*x4'::opt_expr >= 25),
	opt_con('sphere', (1, 'b'), 'x1^2 + x2^2 + x3^2 + x4^2'::opt_expr == 40), opt_con('less', opt_var('x1', lb => 1, ub => 5, start => 1) <= 6)) AS problem;
SELECT e.* FROM p, pg_temp.explain(problem) e;
SELECT s.* FROM p, opt_show(problem) s;
-- an LP whose units differ, with a row that cannot be
SELECT * FROM pg_temp.explain(opt_maximize((SELECT sum(10.0 ^ i * opt_var('w', i, lb => 0, ub => 1)) FROM generate_series(-4, 5) i),
	opt_con('cap', 'c', (SELECT sum(10.0 ^ i * opt_var('w', i, lb => 0, ub => 1)) FROM generate_series(-4, 5) i) <= 1e9),
	opt_con('cannot', opt_var('w', 3, lb => 0, ub => 1) >= 2), opt_con('between', opt_between('w[''0''] - w[''1'']'::opt_expr, -0.5, 0.5)), opt_con('free', opt_between('w[''2'']'::opt_expr, NULL, NULL))));
-- convex or not
SELECT * FROM pg_temp.explain(opt_minimize('x^2 + x*y + y^2 - x'::opt_expr, 'x + y'::opt_expr == 1)) WHERE topic IN ('problem', 'method', 'row');
SELECT * FROM pg_temp.explain(opt_minimize('x^2 + 3*x*y + y^2 - x'::opt_expr, 'x + y'::opt_expr == 1)) WHERE topic IN ('problem', 'method');
SELECT * FROM pg_temp.explain(opt_minimize('x'::opt_expr, opt_con('disc', 7, 'x^2 + y^2'::opt_expr <= 1))) WHERE topic IN ('problem', 'method');
-- what is likely not what was meant
SELECT * FROM pg_temp.explain(opt_minimize(1 / 3 * opt_var('x') + (-opt_var('z')) ^ 4 + opt_var('t', lb => 0, ub => 1e20), opt_con('a', 0 * opt_var('x') >= -1),
	opt_con('b', opt_param('q', 3) * opt_var('x') + 0 * opt_param('r', 2) >= 1), opt_con('neg', -opt_var('x') ^ 2 >= -4))) WHERE topic IN ('lint', 'parameter', 'variable', 'row');
SELECT * FROM pg_temp.explain(opt_maximize(-opt_var('x') ^ 2 + opt_var('y', lb => 5, ub => 2))) WHERE topic IN ('problem', 'lint', 'variable');
SELECT * FROM pg_temp.explain(opt_minimize('ln(x) + 0*y'::opt_expr)) WHERE topic IN ('lint', 'variable');
-- a parameter is a number here
SELECT * FROM pg_temp.explain(opt_minimize(opt_param('a', -2) * opt_var('x') ^ 2, opt_var('x') <= 1)) WHERE topic = 'problem';
-- a problem too large for the memory
SET constropt.max_memory = '1MB';
SELECT topic, item, note FROM opt_explain(opt_minimize((SELECT sum(opt_var('x', i) ^ 2) FROM generate_series(1, 1000) i), (SELECT sum(opt_var('x', i)) FROM generate_series(1, 1000) i) == 1)) WHERE topic = 'memory';
RESET constropt.max_memory;
SELECT * FROM opt_explain(NULL);

-- limited rows and terms
SELECT * FROM opt_show(opt_maximize((SELECT sum(i * opt_var('w', i, lb => 0)) FROM generate_series(1, 100) i),
	(SELECT opt_all(opt_con('r', i, opt_between(opt_var('w', i, lb => 0), -i, i))) FROM generate_series(1, 100) i), 'p*w[''1'']'::opt_expr <= opt_param('p', 2.5)), 3);
SELECT count(*), max(length(algebra)) FROM opt_show(opt_minimize((SELECT sum(i * opt_var('w', i)) FROM generate_series(1, 100) i)), NULL);
SELECT part, length(algebra) FROM opt_show(opt_minimize((SELECT string_agg('sin(', '') || 'x' || string_agg(')', '') FROM generate_series(1, 900))::opt_expr)) WHERE part = 'minimize';
SELECT * FROM opt_show(opt_feasible(opt_con('a', 'x'::opt_expr <= 1)), 0);
SELECT * FROM opt_show(NULL);
SELECT * FROM opt_show(opt_feasible('x >= 1'::opt_constraint), -1);
DROP TABLE p;

-- -x^2 is seen for what it is, alone too, and so are squares the wrong way round
SELECT * FROM opt_explain(opt_minimize(-opt_var('x') ^ 2 + opt_var('y') ^ 2)) WHERE topic IN ('lint', 'problem');
SELECT * FROM opt_explain(opt_maximize(opt_var('x') ^ 2, opt_con('sure', opt_var('x') ^ 2 >= -4))) WHERE topic = 'lint';
-- where the augmented Lagrangian is at home
SELECT * FROM opt_explain(opt_minimize('exp(x) + y^2'::opt_expr, (SELECT opt_all(opt_con('r', i, sin(i) * 'x'::opt_expr + cos(i) * 'x*y'::opt_expr <= i)) FROM generate_series(1, 2000) i))) WHERE topic = 'method';
SELECT * FROM opt_explain(opt_minimize('exp(x) + y^2'::opt_expr, (SELECT opt_all(opt_con('r', i, i * 'x + y'::opt_expr == i)) FROM generate_series(1, 3) i))) WHERE topic = 'method';
-- numbers of products, wherever they stand
SELECT item, value, note FROM opt_explain('minimize 1e9*x^2 + 1e-6*y^2 + y + (x - y)^2 subject to c: 3*x*y <= 7') WHERE topic = 'range';
