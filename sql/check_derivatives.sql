-- opt_check_derivatives: gradient functions against differences.
\set VERBOSITY terse
\pset format unaligned
CREATE FUNCTION bowl(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT exp(x) * y + y ^ 3';
CREATE FUNCTION bowl_gradient(x float8, y float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[exp(x) * y, exp(x) + 3 * y ^ 2]';
CREATE FUNCTION bowl_wrong(x float8, y float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[-exp(x) * y, exp(x) + 2.999 * y ^ 2]';
CREATE FUNCTION nothing_of(x float8, y float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[''Infinity''::float8, ''NaN'']';
-- no value below 0, and not to be called there
CREATE FUNCTION guarded(x float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
	IF x < 0 THEN RAISE EXCEPTION 'called at %', x; END IF;
	RETURN x * (x + 3);
END $$;
CREATE FUNCTION guarded_slope(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 2 * x + 3';
CREATE FUNCTION kink(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN x > 0.1 THEN 1e3 ELSE 0 END';
CREATE FUNCTION kink_slope(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 0.0::float8';

CREATE FUNCTION pg_temp.checked(problem opt_problem, point text DEFAULT NULL) RETURNS TABLE (place text, function text, gradient text, argument integer, at numeric, given numeric,
	difference numeric, sharp boolean, off numeric, passed boolean, note text) LANGUAGE sql AS
$$ SELECT place, function, gradient, argument, round(at::numeric, 5), round(given::numeric, 5) + 0, round(difference::numeric, 5) + 0, difference_error < 1e-7, round(relative_error::numeric, 5) + 0, passed, note
	FROM opt_check_derivatives(problem, point) $$;

-- right, wrong, none; the same call twice, one inside a formula, one with a formula inside
SELECT c.* FROM opt_minimize(opt_call('bowl(float8,float8)'::regprocedure, 'bowl_gradient(float8,float8)'::regprocedure, opt_var('x', start => 0.5), opt_var('y', start => -2)) + opt_call('bowl(float8,float8)'::regprocedure, 'bowl_gradient(float8,float8)'::regprocedure, 'x'::opt_expr, 'y'::opt_expr),
	opt_con('wrong', 'a', opt_call('bowl(float8,float8)'::regprocedure, 'bowl_wrong(float8,float8)'::regprocedure, 'x'::opt_expr, 'x*y'::opt_expr) <= 1), opt_con('none', opt_call('bowl(float8,float8)'::regprocedure, 'x'::opt_expr, 2) <= 100),
	opt_con('inside', exp(opt_call('guarded(float8)'::regprocedure, 'guarded_slope(float8)'::regprocedure, opt_call('bowl(float8,float8)'::regprocedure, 'bowl_gradient(float8,float8)'::regprocedure, 'x + 1'::opt_expr, 1))) >= 0)) p, pg_temp.checked(p) c;
-- at other points: of a query, of a solution
SELECT c.* FROM opt_minimize(opt_call('bowl(float8,float8)'::regprocedure, 'bowl_gradient(float8,float8)'::regprocedure, opt_var('x'), opt_var('y'))) p, pg_temp.checked(p, 'SELECT name, value FROM (VALUES (''x'', 0), (''y'', 1)) v(name, value)') c;
SELECT count(*), bool_and(passed), max(relative_error) < 1e-5 AS close FROM opt_minimize(opt_call('bowl(float8,float8)'::regprocedure, 'bowl_gradient(float8,float8)'::regprocedure, opt_var('x', lb => -1, ub => 1), opt_var('y', lb => -1, ub => 1))) p, opt_check_derivatives(p, opt_solve(p));
-- at a bound: the function is called inside only
SELECT c.* FROM opt_minimize(opt_call('guarded(float8)'::regprocedure, 'guarded_slope(float8)'::regprocedure, opt_var('x', lb => 0))) p, pg_temp.checked(p) c;
SELECT c.* FROM opt_minimize(opt_call('guarded(float8)'::regprocedure, 'guarded_slope(float8)'::regprocedure, 5 - 2 * opt_var('x', ub => 2.5, start => 2.5))) p, pg_temp.checked(p) c;
-- what decides nothing
SELECT passed, note FROM opt_check_derivatives(opt_minimize(opt_call('kink(float8)'::regprocedure, 'kink_slope(float8)'::regprocedure, opt_var('x', start => 0.1))));
SELECT argument, given, passed, note FROM opt_check_derivatives(opt_minimize(opt_call('bowl(float8,float8)'::regprocedure, 'nothing_of(float8,float8)'::regprocedure, opt_var('x'), opt_var('y'))));
SELECT * FROM opt_check_derivatives(opt_minimize('exp(x)'::opt_expr));
SELECT * FROM opt_check_derivatives(NULL);
-- how not to ask
SELECT * FROM opt_check_derivatives(opt_minimize(opt_call('guarded(float8)'::regprocedure, opt_var('x'))), 'SELECT ''y'' AS name, 1 AS value');
SELECT * FROM opt_check_derivatives(opt_minimize(opt_call('guarded(float8)'::regprocedure, opt_var('x'))), 'SELECT ''x'' AS name, -1 AS value');
DROP FUNCTION bowl, bowl_gradient, bowl_wrong, nothing_of, guarded(float8), guarded_slope, kink, kink_slope;
