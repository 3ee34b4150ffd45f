-- opt_conflict: why nothing is feasible, or the objective has no limit.
\set VERBOSITY default
\pset format unaligned
-- rounded: the digits of a point are the method's
CREATE FUNCTION pg_temp.conflict(sol opt_solution, options jsonb DEFAULT NULL) RETURNS TABLE (part text, kind text, name text, key text,
	side text, lower float8, upper float8, value numeric, amount numeric, proof text) LANGUAGE sql AS
$$ SELECT part, kind, name, key, side, lower, upper, round(value::numeric, 5) + 0, round(amount::numeric, 5) + 0, proof FROM opt_conflict(sol, options) $$;

-- program 5 of the design: of a batch, the portfolios that cannot be
CREATE TEMP TABLE holdings (portfolio text, asset text, mu float8, cap float8, target float8);
INSERT INTO holdings SELECT p, a, m, c, t FROM (VALUES ('calm', 0.05), ('bold', 0.2)) p(p, t), (VALUES ('A', 0.05, 0.6), ('B', 0.1, 0.5), ('C', 0.15, 0.4)) a(a, m, c);
CREATE TEMP VIEW rebalance AS
WITH w AS (SELECT portfolio, asset, mu, target, opt_var('w', asset, lb => 0, ub => cap) w FROM holdings),
	lin AS (SELECT portfolio, sum(w ^ 2) risk, sum(w) invested, sum(mu * w) ret, max(target) target FROM w GROUP BY 1)
SELECT portfolio, opt_solve(opt_minimize(risk, opt_con('budget', invested == 1), opt_con('target', ret >= opt_param('target', target)))) AS sol FROM lin;
SELECT portfolio, c.* FROM rebalance, pg_temp.conflict(sol) c WHERE opt_status(sol) = 'infeasible';
SELECT portfolio, c.* FROM rebalance, opt_conflict(sol) c WHERE portfolio = 'calm';

-- rows, ranges, bounds, an equality; keys of two components
SELECT c.* FROM pg_temp.conflict(opt_solve(opt_minimize('x + y'::opt_expr, opt_con('need', 'x + y'::opt_expr >= 10),
	opt_con('cap', ('p1', 'm2'), opt_between('2*y'::opt_expr, -100, 8)), opt_con('of no interest', 'x - y'::opt_expr <= 50), opt_con('x', 'x'::opt_expr == 3)))) c;
SELECT c.* FROM pg_temp.conflict(opt_solve(opt_minimize(opt_var('x', lb => 5, ub => 2), opt_var('x', lb => 5, ub => 2) <= 9))) c;
SELECT c.* FROM pg_temp.conflict(opt_solve(opt_feasible('x + y'::opt_expr <= 1, 'x + y'::opt_expr >= opt_param('p', 0)), params => '{"p": 4}')) c;
-- a row without variables
SELECT c.* FROM pg_temp.conflict(opt_solve(opt_minimize('x^2'::opt_expr, opt_con('zero', 0 * opt_var('x') >= 3)))) c;
-- without presolve, from a stored solution
CREATE TEMP TABLE kept AS SELECT opt_solve(opt_maximize((SELECT sum(i * opt_var('x', i, lb => 0)) FROM generate_series(1, 30) i),
	(SELECT opt_all(opt_con('pair', i, opt_var('x', i, lb => 0) + opt_var('x', i % 30 + 1, lb => 0) <= 1)) FROM generate_series(1, 30) i),
	opt_con('sum', (SELECT sum(opt_var('x', i, lb => 0)) FROM generate_series(1, 3) i) >= 2.5)), options => '{"presolve": false}') AS sol;
SELECT c.* FROM kept, pg_temp.conflict(sol) c;

-- nonlinear rows: local, and said so; a linear conflict beside them is proved
SELECT c.* FROM pg_temp.conflict(opt_solve(opt_minimize('exp(x) + y'::opt_expr, opt_con('disc', 'x^2 + y^2'::opt_expr <= 1),
	opt_con('far', 'x + y'::opt_expr >= 2), opt_con('other', 'x*y'::opt_expr <= 10)))) c;
SELECT c.name, c.side, c.lower, c.upper, c.amount, c.proof FROM pg_temp.conflict(opt_solve(opt_minimize('exp(x) + y^4'::opt_expr, opt_con('disc', 'x^2 + y^2'::opt_expr <= 100),
	opt_con('far', 'x + y'::opt_expr >= 2), opt_con('near', 'x + y'::opt_expr <= 1)))) c WHERE part = 'conflict';

-- the ray of an unbounded problem
SELECT c.* FROM opt_solve(opt_maximize('2*x + 3*y - z'::opt_expr, opt_con('gap', 'x - y'::opt_expr <= 1), opt_con('z', 'z'::opt_expr >= 1))) s,
	LATERAL (SELECT part, kind, name, side, amount > 0 AS rises, proof FROM opt_conflict(s)) c ORDER BY name;

-- nothing to say, and how not to ask
SELECT * FROM opt_conflict(NULL);
SELECT * FROM opt_conflict(opt_solve(opt_minimize('x^2'::opt_expr)));
SELECT count(*) FROM kept, opt_conflict(sol, '{"time_limit": 0}');
\set VERBOSITY terse
SELECT * FROM kept, opt_conflict(sol, '{"no_such": 1}');
SELECT * FROM kept, opt_conflict(sol, '[]');
DROP TABLE kept, holdings CASCADE;
-- a variable that the ray cannot move is not in it
SELECT part, name, side, round(amount::numeric, 6) AS amount, proof FROM opt_conflict(opt_solve('minimize x^2 - y + 0.5*z subject to a: y - z <= 3; b: x + y >= 1 where z in [0, inf]')) ORDER BY name;
