-- Misuse is an error with an SQLSTATE, names what is wrong, and says what to do.
\set VERBOSITY default
\set SHOW_CONTEXT never

CREATE FUNCTION sqlstate_of(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN '00000';
EXCEPTION WHEN others THEN
	RETURN SQLSTATE;
END $$;
CREATE TABLE p AS SELECT opt_problem('x^2 + y', '{c: x + y >= mu, y >= 0}', params => '{"mu": 1}') AS problem;

-- the problem and the method
SELECT opt_solve(NULL);
SELECT opt_solve(problem, NULL) FROM p;
SELECT opt_solve(problem, 'simplex') FROM p;
SELECT opt_solve(problem, 'slp') FROM p;
SELECT opt_solve(problem, 'lp') FROM p;
SELECT opt_status(opt_solve(problem, m)) FROM p, unnest('{auto,interior_point,qp}'::text[]) m;
SELECT opt_status(opt_solve(opt_problem('x', '{x >= 1}'), m)) FROM unnest('{auto,interior_point,lp,qp}'::text[]) m;

-- not convex, not concave, not quadratic
SELECT opt_solve(opt_problem('x*y', '{x + y <= 1}'), 'qp');
SELECT opt_solve(opt_problem('x^2', '{x <= 1}', maximize => true), 'qp');
SELECT opt_solve(opt_problem('exp(x)', '{x <= 1}'), 'qp');
SELECT opt_solve(opt_problem('x', '{"ball[''a'']: x^2 + y^2 <= 1"}'), 'lp');
SELECT opt_solve(opt_problem('x', '{x >= 0, sin(x) <= 1}'), 'lp');

-- options
SELECT opt_solve(problem, options => '{"tolerence": 1e-9}') FROM p;
SELECT opt_solve(problem, options => '{"tolerance": "1e-9"}') FROM p;
SELECT opt_solve(problem, options => '{"tolerance": -1}') FROM p;
SELECT opt_solve(problem, options => '{"max_iterations": 1.5}') FROM p;
SELECT opt_solve(problem, options => '{"presolve": 1}') FROM p;
SELECT opt_solve(problem, options => '{"time_limit": null}') FROM p;
SELECT opt_solve(problem, options => '{"on_failure": "raise"}') FROM p;
SELECT opt_solve(problem, options => '{"on_failure": {"a": 1}}') FROM p;
SELECT opt_solve(problem, options => '[1]') FROM p;
SELECT opt_solve(problem, options => '3') FROM p;
SELECT name, sqlstate_of(format('SELECT opt_solve(problem, options => %L) FROM p', json_build_object(name, value)))
FROM unnest('{tolerance,absolute_tolerance,acceptable_tolerance,max_iterations,time_limit,presolve,scaling,log_level,on_failure}'::text[]) name,
	 unnest(ARRAY[json '[]', json 'null']) WITH ORDINALITY v(value, k) WHERE k = 1 ORDER BY name;

-- parameters
SELECT opt_solve(problem, params => '{"nu": 1}') FROM p;
SELECT opt_solve(problem, params => '{"mu": {"a": 1}}') FROM p;
SELECT opt_solve(problem, params => '{"mu": "1"}') FROM p;
SELECT opt_solve(problem, params => '{"mu": [1]}') FROM p;
SELECT opt_solve(problem, params => '{"x": 1}') FROM p;
SELECT opt_solve(opt_problem('x', '{x >= 1}'), params => '{"x": 1}');
SELECT opt_value(opt_solve(problem, params => '{"mu": 3}'), '2 * mu') FROM p;

-- names
CREATE TABLE s AS SELECT opt_solve(opt_minimize(opt_var('x', 1) + opt_var('x', 2), opt_con('c', 'a', opt_var('x', 1) >= 1),
	opt_con('c', 'b', opt_var('x', 2) >= 1), opt_var('x', 1) <= 9)) AS sol;
SELECT opt_value(sol, opt_var('x', 3)) FROM s;
SELECT opt_value(sol, opt_var('x')) FROM s;
SELECT opt_value(sol, opt_var('y', 1) * 2) FROM s;
SELECT opt_reduced_cost(sol, 2 * opt_var('x', 1)) FROM s;
SELECT opt_reduced_cost(sol, opt_var('z')) FROM s;
SELECT opt_dual(sol, 'c') FROM s;
SELECT opt_dual(sol, 'c', 'd') FROM s;
SELECT opt_dual(sol, 'd') FROM s;
SELECT opt_problem('x', '{c: x <= 1, d: x >= 0, c: x >= 2}');
SELECT opt_dual(opt_solve('minimize x subject to c: x >= 1; c: x <= 3'), 'c');
SELECT opt_dual(opt_solve(opt_problem('x', '{x >= 1}')), 'c');
SELECT round(opt_dual(sol, 'c', 'a')::numeric, 6) AS a, round(opt_value(sol, opt_var('x', 2::int8))::numeric, 6) AS x2,
	   opt_value(NULL, opt_var('x')) AS no_solution, opt_dual(sol, NULL) AS no_name, opt_status(NULL) AS no_status FROM s;

-- states of the errors
SELECT command, sqlstate_of(command) FROM unnest(ARRAY[
	'SELECT opt_solve(NULL)',
	'SELECT opt_solve(problem, ''slp'') FROM p',
	'SELECT opt_solve(problem, ''lp'') FROM p',
	'SELECT opt_solve(opt_problem(''x*y'', ''{}''), ''lp'')',
	'SELECT opt_solve(opt_problem(''x*y'', ''{}''), ''qp'')',
	'SELECT opt_solve(opt_problem(''exp(x)'', ''{}''), ''qp'')',
	'SELECT opt_solve(problem, options => ''{"a": 1}'') FROM p',
	'SELECT opt_solve(problem, params => ''{"a": 1}'') FROM p',
	'SELECT opt_dual(sol, ''d'') FROM s',
	'SELECT opt_value(sol, ''y'') FROM s',
	'SELECT opt_solve(opt_minimize(opt_lin(''z'', 1, 1)))',
	'SELECT opt_var(''x'') / 0',
	'SELECT ''x / (1 - 1)''::opt_expr',
	'SELECT opt_solve(opt_minimize(opt_var(''x'') / opt_param(''p'', 0)))',
	'SELECT ''1e400 * x''::opt_expr',
	'SELECT ''1e300 * x * 1e300''::opt_expr',
	'SELECT 1e300 * opt_var(''x'') * 1e300',
	'SELECT exp(1000::opt_expr)',
	'SELECT ''1e * x''::opt_expr',
	'SELECT ''x +''::opt_expr',
	'SELECT repeat(''('', 1001)::opt_expr',
	'SELECT opt_var(''x'', lb => 1) + opt_var(''x'', lb => 2)',
	'SELECT opt_read_mps(E''NAME\nROWS\n N c\nCOLUMNS\n M MARKER INTORG\n'')',
	'SELECT opt_read_mps(E''NAME\nROWS\n N c\nCOLUMNS\n x c 1\nRHS\nBOUNDS\n BV b x\nENDATA'')',
	'SELECT opt_read_mps(E''NAME\nROWS\n N c\nCOLUMNS\n x c 1e999\nRHS\nENDATA'')',
	'SELECT opt_solve(problem, options => ''{"on_failure": "error", "time_limit": 0}'') FROM p']) command;

-- every function of this part: volatility, parallel safety, strictness
SELECT p.proname, p.provolatile, p.proparallel, p.proisstrict, p.proretset, p.procost, obj_description(p.oid) IS NOT NULL AS described
FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'constropt'
WHERE p.proname ~ '^opt_(solve|solution.*|status|value|dual|reduced_cost|info|variables|constraints|iterations|problem|qp|read_mps)$'
ORDER BY p.proname COLLATE "C", p.pronargs;

DROP TABLE p, s;
DROP FUNCTION sqlstate_of(text);
