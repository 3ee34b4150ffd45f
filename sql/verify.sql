-- opt_verify: claimed points, checked independently of how they were found.
\set VERBOSITY terse
\pset format unaligned
-- residuals as what they are against 1e-5: their digits are the method's
CREATE FUNCTION pg_temp.checked(problem opt_problem, solution opt_solution, params jsonb DEFAULT NULL) RETURNS TABLE (item text, passed boolean, note text) LANGUAGE sql AS
$$ SELECT item, passed, CASE WHEN note LIKE 'claimed%' THEN 'claimed' ELSE note END FROM opt_verify(problem, solution, params => params) $$;
CREATE FUNCTION pg_temp.checked(problem opt_problem, point text, tolerance float8 DEFAULT 1e-6) RETURNS TABLE (item text, off numeric, passed boolean, place text, note text) LANGUAGE sql AS
$$ SELECT item, round(value::numeric, 5) + 0, passed, CASE WHEN value > 1e-5 THEN concat_ws(' ', kind, name, key) END, note FROM opt_verify(problem, point, tolerance) $$;

-- HS071, by its solution and by the book's digits
CREATE TABLE p AS SELECT opt_minimize('x1*x4*(x1 + x2 + x3) + x3'::opt_expr, opt_con('prod', 'x1*x2*x3*x4'::opt_expr >= 25), opt_con('sphere', (1, 'b'), 'x1^2 + x2^2 + x3^2 + x4^2'::opt_expr == 40),
	(SELECT opt_all(opt_con('box', i, opt_between(opt_var('x' || i, start => 3), 1, 5))) FROM generate_series(1, 4) i)) AS problem;
CREATE TABLE hs071 AS SELECT * FROM (VALUES ('x1', 1.0), ('x2', 4.7429996), ('x3', 3.8211499), ('x4', 1.3794083)) v(name, value);
SELECT c.* FROM p, pg_temp.checked(problem, opt_solve(problem)) c;
SELECT c.* FROM p, pg_temp.checked(problem, 'SELECT * FROM hs071') c;
-- feasible and not optimal; not feasible; a tighter tolerance than the digits
SELECT c.* FROM p, pg_temp.checked(problem, 'SELECT name, CASE name WHEN ''x1'' THEN sqrt(40 - 3 * 9.0) ELSE 3 END AS value FROM hs071') c;
SELECT c.* FROM p, pg_temp.checked(problem, 'SELECT name, CASE name WHEN ''x1'' THEN 6 ELSE value END AS value FROM hs071') c;
SELECT item FROM p, opt_verify(problem, 'SELECT * FROM hs071', 1e-12) WHERE NOT passed;

-- a maximization with its duals: right ones, of the wrong sign, some of them
CREATE TABLE lp AS SELECT opt_maximize(3 * opt_var('make', 'a', lb => 0) + 5 * opt_var('make', 'b', lb => 0, ub => 6), opt_con('hours', 1, 'make[''a'']'::opt_expr <= 4), opt_con('hours', 3, '3*make[''a''] + 2*make[''b'']'::opt_expr <= 18)) AS problem;
SELECT c.* FROM lp, pg_temp.checked(problem, opt_solve(problem)) c;
CREATE TABLE claim (kind text, name text, key text, value float8, dual float8);
INSERT INTO claim VALUES ('variable', 'make', 'a', 2, 0), ('variable', 'make', 'b', 6, 3), ('constraint', 'hours', '1', 2, 0), ('constraint', 'hours', '3', 18, 1);
SELECT c.* FROM lp, pg_temp.checked(problem, 'TABLE claim') c;
SELECT c.* FROM lp, pg_temp.checked(problem, 'SELECT kind, name, key, value, -dual AS dual FROM claim') c;
SELECT c.* FROM lp, pg_temp.checked(problem, 'SELECT kind, name, key, value, CASE kind WHEN ''constraint'' THEN dual END AS dual FROM claim') c WHERE item IN ('stationarity', 'verdict');
SELECT c.* FROM lp, pg_temp.checked(problem, 'SELECT kind, name, key, value, CASE WHEN key = ''1'' THEN 1 ELSE dual END AS dual FROM claim') c WHERE NOT passed;
-- the solution of another problem, and of other parameters
SELECT c.* FROM lp, pg_temp.checked(problem, opt_solve(opt_maximize('make[''a''] + make[''b'']'::opt_expr, opt_con('hours', 3, '3*make[''a''] + 2*make[''b'']'::opt_expr <= 18), 'make[''b'']'::opt_expr <= 6,
	'make[''a'']'::opt_expr >= 0))) c WHERE NOT passed;
CREATE TABLE par AS SELECT opt_minimize(('x - p'::opt_expr + opt_param('p', 1) - 'p'::opt_expr) ^ 2, 'x'::opt_expr <= opt_param('cap', 3)) AS problem;
SELECT c.item, c.passed FROM par, pg_temp.checked(problem, opt_solve(problem, params => '{"p": 5}')) c WHERE item IN ('objective', 'verdict');
SELECT c.item, c.passed FROM par, pg_temp.checked(problem, opt_solve(problem, params => '{"p": 5}'), '{"p": 2}') c WHERE item IN ('objective', 'verdict');

-- certificates
SELECT c.* FROM opt_feasible('x + y <= 1'::opt_constraint, 'x + y >= 3'::opt_constraint) p, pg_temp.checked(p, opt_solve(p)) c;
SELECT c.* FROM opt_feasible('x + y <= 1'::opt_constraint, 'x + y >= 3'::opt_constraint) p, opt_feasible('x + y <= 3'::opt_constraint, 'x + y >= 1'::opt_constraint) q, pg_temp.checked(q, opt_solve(p)) c;
SELECT c.* FROM opt_maximize('x - y'::opt_expr, 'x - 2*y <= 1'::opt_constraint) p, pg_temp.checked(p, opt_solve(p)) c;
SELECT c.* FROM opt_maximize('x - y'::opt_expr, 'x - 2*y <= 1'::opt_constraint) p, opt_maximize('x - y'::opt_expr, 'x - y <= 1'::opt_constraint) q, pg_temp.checked(q, opt_solve(p)) c;
SELECT c.* FROM opt_minimize('exp(x)'::opt_expr, 'x^2 + y^2 <= 1'::opt_constraint, 'x + y >= 2'::opt_constraint) p, pg_temp.checked(p, opt_solve(p)) c;

-- how not to ask
SELECT * FROM p, opt_verify(problem, 'SELECT * FROM hs071 WHERE name <> ''x4''');
SELECT * FROM p, opt_verify(problem, 'SELECT * FROM hs071 UNION ALL SELECT ''x3'', 2');
SELECT * FROM p, opt_verify(problem, 'SELECT ''prod'' AS name, ''constraint'' AS kind, 1 AS dual FROM hs071');
SELECT * FROM p, opt_verify(problem, 'SELECT ''x9'' AS name, 1 AS value');
SELECT * FROM p, opt_verify(problem, 'SELECT ''x1'' AS name, ''row'' AS kind');
SELECT * FROM p, opt_verify(problem, 'SELECT ''no'' AS name, ''constraint'' AS kind, 1 AS dual');
SELECT * FROM p, opt_verify(problem, 'SELECT ''x1'' AS name, ''NaN''::float8 AS value');
SELECT * FROM p, opt_verify(problem, 'SELECT * FROM hs071', -1);
SELECT * FROM p, opt_verify(problem, 'SELECT * FROM hs071', NULL);
SELECT * FROM p, opt_verify(problem, 'DELETE FROM hs071');
SELECT item, note FROM opt_verify(opt_minimize('ln(x)'::opt_expr), 'SELECT ''x'' AS name, -1 AS value');
SELECT * FROM opt_verify(NULL, 'SELECT 1');
DROP TABLE p, lp, par, hs071, claim;
