--
-- opt_call: functions of the database as nodes of expressions
--

SET extra_float_digits = 0;

CREATE FUNCTION rosenbrock(x float8, y float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN (1 - x)^2 + 100 * (y - x^2)^2; END$$;
CREATE FUNCTION rosenbrock_gradient(x float8, y float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
$$SELECT ARRAY[-2 * (1 - x) - 400 * x * (y - x^2), 200 * (y - x^2)]$$;

-- Without and with a gradient function
WITH v AS (SELECT opt_var('x', start => -1.2) AS x, opt_var('y', start => 1) AS y),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(opt_call('rosenbrock(float8,float8)'::regprocedure, x, y))) AS sol FROM v)
SELECT opt_status(sol), round(opt_value(sol, x)::numeric, 4) AS x, round(opt_value(sol, y)::numeric, 4) AS y FROM s, v;
WITH v AS (SELECT opt_var('x', start => -1.2) AS x, opt_var('y', start => 1) AS y),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(opt_call('rosenbrock'::regproc::regprocedure, 'rosenbrock_gradient'::regproc::regprocedure, x, y))) AS sol FROM v)
SELECT i.status, i.reason, round(opt_value(sol, x)::numeric, 6) AS x, round(opt_value(sol, y)::numeric, 6) AS y FROM s, v, opt_info(sol) i;

-- With ordinary terms and constraints, inside formulas, of expressions and numbers
CREATE FUNCTION square(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT x * x';
CREATE FUNCTION twice(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 2 * x';
WITH v AS (SELECT opt_var('x', lb => -2, ub => 5, start => 2) AS x, opt_var('y', lb => 0, ub => 5, start => 2) AS y),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(
	3 * opt_call('square(float8)'::regprocedure, x - 1) + ln(1 + opt_call('square(float8)'::regprocedure, 'twice(float8)'::regprocedure, y)) + 0.5 * x,
	opt_con('row', opt_call('square(float8)'::regprocedure, x) + y >= 3),
	opt_con('plain', x + y <= 4))) AS sol FROM v)
SELECT opt_status(sol), round(opt_value(sol, x)::numeric, 5) AS x, round(opt_value(sol, y)::numeric, 5) AS y,
	round(opt_value(sol, opt_call('square(float8)'::regprocedure, x) + y)::numeric, 5) AS row_value,
	round(opt_dual(sol, 'row')::numeric, 3) AS dual FROM s, v;

-- A sum over rows; the objective is maximized
WITH d(k, t) AS (VALUES (1, 0.5), (2, 1.0), (3, 2.5)),
o AS (SELECT sum(-opt_call('square(float8)'::regprocedure, opt_var('w', k, start => 0) - t)) AS f FROM d),
s AS MATERIALIZED (SELECT opt_solve(opt_maximize(f, opt_con('budget', (SELECT sum(opt_var('w', k, start => 0)) FROM d) == 3))) AS sol FROM o)
SELECT opt_status(sol), k, round(opt_value(sol, opt_var('w', k))::numeric, 5) AS w FROM s, d ORDER BY k;

-- The function is called inside the bounds only, by differences too
CREATE FUNCTION guarded(x float8, y float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN
	IF x < 0 OR x > 1 OR y < x THEN
		RAISE EXCEPTION 'out of range: %, %', x, y;
	END IF;
	RETURN sqrt(x) + (2 - y)^2 + sqrt(y - x);
END$$;
WITH v AS (SELECT opt_var('x', lb => 0, ub => 1, start => 5) AS x, opt_var('d', lb => 0, ub => 2, start => 1) AS d),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(opt_call('guarded(float8,float8)'::regprocedure, x, x + d) - 3 * x)) AS sol FROM v)
SELECT opt_status(sol), round(opt_value(sol, x)::numeric, 4) AS x, round(opt_value(sol, d)::numeric, 4) AS d FROM s, v;

-- No value is a rejected point, not an error
CREATE FUNCTION half_plane(x float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RETURN CASE WHEN x > 0 THEN x - ln(x) ELSE 'NaN' END; END$$;
WITH v AS (SELECT opt_var('x', start => 9) AS x),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(opt_call('half_plane(float8)'::regprocedure, x))) AS sol FROM v)
SELECT opt_status(sol), round(opt_value(sol, x)::numeric, 4) AS x FROM s, v;

--
-- Values
--

SELECT opt_call('rosenbrock(float8,float8)'::regprocedure, opt_var('x'), 2 * opt_var('y') + 1);
SELECT opt_call('rosenbrock(float8,float8)'::regprocedure, 'rosenbrock_gradient(float8,float8)'::regprocedure, opt_var('x', 'a'), 3) * opt_var('z') AS e \gset
SELECT :'e'::opt_expr AS again, :'e'::opt_expr === (:'e'::opt_expr::text)::opt_expr AS same;
SELECT opt_call('square(float8)', VARIADIC array_agg(opt_var('w', k))) FROM generate_series(1, 1) k;
CREATE SCHEMA "odd ""schema's";
CREATE FUNCTION "odd ""schema's"."f(1"(x float8) RETURNS float8 LANGUAGE sql AS 'SELECT (x - 7)^2';
CREATE TABLE call_model AS
	SELECT opt_minimize(opt_call(oid::regprocedure, opt_var('x', start => 0)) + 1) AS problem FROM pg_proc WHERE proname = 'f(1';
SELECT problem FROM call_model;
SET search_path = 'pg_catalog';
SELECT public.opt_status(public.opt_solve(problem)) FROM public.call_model;
RESET search_path;
SELECT problem AS text FROM call_model \gset
SELECT round(v.value::numeric, 4) AS x FROM opt_variables(opt_solve(:'text'::opt_problem)) v;

-- By binary copy
\getenv abs_builddir PG_ABS_BUILDDIR
\cd :abs_builddir
CREATE TEMP TABLE again (problem opt_problem);
\copy call_model TO 'call.bin' (FORMAT binary)
\copy again FROM 'call.bin' (FORMAT binary)
SELECT opt_problem_send(m.problem) = opt_problem_send(a.problem) AS same FROM call_model m, again a;

--
-- Errors
--

\set SHOW_CONTEXT always

-- One inside the function comes with the call
CREATE FUNCTION failing(x float8, y float8) RETURNS float8 LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'no such luck' USING ERRCODE = 'ZX001', HINT = 'Ask again.'; END$$;
SELECT opt_solve(opt_minimize(opt_call('failing(float8,float8)'::regprocedure, opt_var('x', start => 0.5), 2)));
SELECT 1 / 0 + opt_value(opt_solve(opt_minimize(opt_var('x', lb => 0))), opt_call('square(float8)'::regprocedure, 3));
DO $$
BEGIN
	PERFORM opt_solve(opt_minimize(opt_call('failing(float8,float8)'::regprocedure, opt_var('x', start => 0.5), 2)));
EXCEPTION WHEN SQLSTATE 'ZX001' THEN
	RAISE NOTICE 'caught: %', SQLERRM;
END$$;
SELECT opt_status(opt_solve(opt_minimize(opt_call('square(float8)'::regprocedure, opt_var('x', start => 0.5)))));

CREATE FUNCTION nothing(x float8) RETURNS float8 LANGUAGE sql AS 'SELECT NULL::float8';
SELECT opt_solve(opt_minimize(opt_call('nothing(float8)'::regprocedure, opt_var('x', start => 1))));
CREATE FUNCTION short(x float8, y float8) RETURNS float8[] LANGUAGE sql AS 'SELECT ARRAY[x]';
CREATE FUNCTION holes(x float8, y float8) RETURNS float8[] LANGUAGE sql AS 'SELECT ARRAY[x, NULL]';
SELECT opt_solve(opt_minimize(opt_call('rosenbrock(float8,float8)'::regprocedure, 'short(float8,float8)'::regprocedure, opt_var('x', start => 1), 1)));
SELECT opt_solve(opt_minimize(opt_call('rosenbrock(float8,float8)'::regprocedure, 'holes(float8,float8)'::regprocedure, opt_var('x', start => 1), 1)));

-- Signatures
CREATE FUNCTION of_text(x text) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE FUNCTION to_int(x float8) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION to_set(x float8) RETURNS SETOF float8 LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE PROCEDURE procedure(x float8) LANGUAGE sql AS 'SELECT 1';
SELECT opt_call('rosenbrock(float8,float8)'::regprocedure, opt_var('x'));
SELECT opt_call('of_text(text)'::regprocedure, opt_var('x'));
SELECT opt_call('to_int(float8)'::regprocedure, opt_var('x'));
SELECT opt_call('to_set(float8)'::regprocedure, opt_var('x'));
SELECT opt_call('procedure(float8)'::regprocedure, opt_var('x'));
SELECT opt_call('avg(float8)'::regprocedure, opt_var('x'));
SELECT opt_call('rosenbrock(float8,float8)'::regprocedure, 'rosenbrock(float8,float8)'::regprocedure, opt_var('x'), opt_var('y'));
SELECT opt_call('rosenbrock(float8,float8)'::regprocedure, 'twice(float8)'::regprocedure, opt_var('x'), opt_var('y'));
SELECT opt_call(0::regprocedure, opt_var('x'));
SELECT opt_call(NULL::regprocedure, opt_var('x'));
SELECT opt_call('square(float8)'::regprocedure, NULL::regprocedure, opt_var('x'));
SELECT opt_call('square(float8)'::regprocedure, NULL::opt_expr);
SELECT opt_call('square(float8)'::regprocedure, VARIADIC NULL::opt_expr[]);
SELECT opt_call('square(float8)'::regprocedure, VARIADIC '{}'::opt_expr[]);
SELECT opt_call('square(float8)'::regprocedure, 'infinity'::float8);
SELECT opt_call('square(float8)'::regprocedure, 'nan'::float8);

-- Texts
SELECT 'call(x)'::opt_expr;
SELECT 'call(''square(float8)'')'::opt_expr;
SELECT opt_solve('minimize call(''gone(float8)'', x)'::opt_problem);
SELECT opt_solve('minimize call(''to_int(float8)'', x)'::opt_problem);
SELECT opt_status(opt_solve('minimize call(''square(float8)'', x - 3)'::opt_problem));
DROP FUNCTION "odd ""schema's"."f(1"(float8);
SELECT opt_solve(problem) FROM call_model;

-- Permission: the caller's, when it is called
CREATE FUNCTION secret(x float8) RETURNS float8 LANGUAGE sql AS 'SELECT x * x';
REVOKE ALL ON FUNCTION secret(float8) FROM PUBLIC;
CREATE ROLE regress_opt_caller;
SET ROLE regress_opt_caller;
SELECT opt_solve(opt_minimize(opt_call('secret(float8)'::regprocedure, opt_var('x', start => 1))));
RESET ROLE;
GRANT EXECUTE ON FUNCTION secret(float8) TO regress_opt_caller;
SET ROLE regress_opt_caller;
SELECT opt_status(opt_solve(opt_minimize(opt_call('secret(float8)'::regprocedure, opt_var('x', start => 1)))));
RESET ROLE;
REVOKE EXECUTE ON FUNCTION secret(float8) FROM regress_opt_caller;
DROP ROLE regress_opt_caller;

--
-- A function that solves itself, and one that never ends doing so
--

-- min over y of (y - x)^2 + (y - 1)^2 is (x - 1)^2 / 2
CREATE FUNCTION inner_value(x float8) RETURNS float8 LANGUAGE plpgsql AS
$$BEGIN
	RETURN objective FROM opt_info(opt_solve(opt_minimize(
		(opt_var('y') - x)^2 + (opt_var('y') - 1)^2)));
END$$;
WITH v AS (SELECT opt_var('x', start => 4, lb => 2) AS x),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize(opt_call('inner_value(float8)'::regprocedure, x) + 0.1 * x)) AS sol FROM v)
SELECT opt_status(sol), round(opt_value(sol, x)::numeric, 4) AS x, round(opt_reduced_cost(sol, x)::numeric, 4) AS reduced_cost FROM s, v;

CREATE FUNCTION endless(x float8) RETURNS float8 LANGUAGE plpgsql AS
$$BEGIN
	RETURN objective FROM opt_info(opt_solve(opt_minimize(opt_call('endless(float8)'::regprocedure, opt_var('y', start => x)))));
END$$;
\set VERBOSITY sqlstate
SELECT opt_solve(opt_minimize(opt_call('endless(float8)'::regprocedure, opt_var('x', start => 1))));
\set VERBOSITY default
\set SHOW_CONTEXT errors

-- It may be stopped, and nothing is left behind
CREATE FUNCTION slow(x float8) RETURNS float8 LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_sleep(10); RETURN x; END$$;
SET statement_timeout = 100;
\set VERBOSITY terse
SELECT opt_solve(opt_minimize(opt_call('slow(float8)'::regprocedure, opt_var('x', start => 1, lb => 0))));
\set VERBOSITY default
RESET statement_timeout;
CREATE FUNCTION solve_failing(n int) RETURNS void LANGUAGE plpgsql AS
$$BEGIN
	FOR k IN 1 .. n LOOP
		BEGIN
			PERFORM opt_solve(opt_minimize(opt_call('failing(float8,float8)'::regprocedure, opt_var('x', start => 0.5), 2)));
		EXCEPTION WHEN SQLSTATE 'ZX001' THEN
			NULL;
		END;
	END LOOP;
END$$;
SELECT solve_failing(300);
SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'constropt%';

-- In a parallel worker only what is marked so
SELECT count(set_config(name, 'regress', false)) AS forced FROM pg_settings
WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT opt_status(opt_solve(opt_minimize(opt_call('square(float8)'::regprocedure, opt_var('x', start => 1)))));
SELECT opt_status(opt_solve(opt_minimize(opt_call('rosenbrock(float8,float8)'::regprocedure, opt_var('x', start => 1), 1))));
SELECT count(set_config(name, 'off', false)) AS forced FROM pg_settings
WHERE name IN ('debug_parallel_query', 'force_parallel_mode');

-- A formula as an argument has the values it can have; nothing is called with others
CREATE FUNCTION root(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT sqrt(x)';
WITH v AS (SELECT opt_var('x', lb => 0, ub => 3, start => 1) AS x, opt_var('y', lb => 0, ub => 3, start => 2) AS y),
s AS MATERIALIZED (SELECT opt_solve(opt_minimize((x - 1)^2 + (y - 2)^2 - 0.5 * opt_call('root(float8)'::regprocedure, x * y * exp(x)))) AS sol FROM v)
SELECT opt_status(sol), round(opt_value(sol, x)::numeric, 4) AS x, round(opt_value(sol, y)::numeric, 4) AS y FROM s, v;

-- differences inside a formula: no value that the formula cannot have
CREATE FUNCTION pg_temp.root(x float8) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN IF x < 0 THEN RAISE 'root of %', x; END IF; RETURN sqrt(x) + x; END $$;
SELECT i.status, round(i.objective::numeric, 5) AS objective FROM opt_info(opt_solve(opt_maximize(opt_call('pg_temp.root(float8)'::regprocedure, sin(opt_var('x', lb => 0, ub => 1))) - opt_var('x', lb => 0, ub => 1) ^ 2))) i;
SELECT i.status, round(i.objective::numeric, 5) AS objective FROM opt_info(opt_solve(opt_minimize(opt_call('pg_temp.root(float8)'::regprocedure, 1 - cos(opt_var('x', lb => 0, ub => 1))) + (opt_var('x', lb => 0, ub => 1) - 0.5) ^ 2))) i;
