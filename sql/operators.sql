-- Operators and functions of opt_expr.

-- every number type on both sides, and literals without a type
WITH v AS (SELECT 'x'::opt_expr AS x)
SELECT 2::int2 * x, 2 * x, 2::int8 * x, 0.5 * x, 0.5::real * x, 0.5::float8 * x, '2' * x FROM v;
WITH v AS (SELECT 'x'::opt_expr AS x)
SELECT x * 2::int2, x * 2, x * 2::int8, x * 0.5, x * 0.5::real, x * 0.5::float8, x * '2' FROM v;
WITH v AS (SELECT 'x'::opt_expr AS x, 'y'::opt_expr AS y)
SELECT x + y, x - y, x * y, x / y, x ^ y, +x, -x FROM v;
WITH v AS (SELECT 'x'::opt_expr AS x)
SELECT x + 1, x - 1, x / 4, x ^ 2, x ^ 3, x ^ 0.5, x ^ 0, x ^ 1, 1 + x, 1 - x, 1 / x, 2 ^ x FROM v;

-- PostgreSQL's grammar decides precedence
WITH v AS (SELECT 'x'::opt_expr AS x)
SELECT -x ^ 2, 2 ^ 3 ^ x, 1 - x - 1, x * 2 + 1, (x + 1) * 2, 1 / 2 * x, 1 / 2.0 * x FROM v;
SELECT 0 <= 'x'::opt_expr <= 1;
SELECT 'x'::opt_expr ^-1;

-- algebra: like terms, products, exact quotients
WITH v AS (SELECT 'x'::opt_expr AS x, 'y'::opt_expr AS y)
SELECT x + x, (x + 1) * (x - 1), (x + y) ^ 2, 3 * x / 10, x * 0, x - x, (x * y) * x, 2 * (x + y * x) FROM v;
SELECT ('x'::opt_expr * 3 / 10)::text = '0.3*x' AS exact;
SELECT pg_column_size(sum(opt_var('x', i)) ^ 2) < 2 * pg_column_size(sum(opt_var('x', i))) AS long_square_is_not_expanded FROM generate_series(1, 300) i;

-- comparisons
WITH v AS (SELECT 'x'::opt_expr AS x, 'y'::opt_expr AS y)
SELECT x <= 1, x >= 1, x == 1, 1 <= x, 1 >= x, 1 == x, x <= y, x >= y, x == y, x + 1 <= 2 * x + y + 3 FROM v;
SELECT '2' <= 'x'::opt_expr, 'x'::opt_expr <= '2', 'x'::opt_expr == 2.5::numeric;
SELECT 'x'::opt_expr <= 'infinity'::float8, 'x'::opt_expr >= '-infinity'::float8, '-infinity'::float8 <= 'x'::opt_expr;
SELECT 'x'::opt_expr <= '-infinity'::float8;
SELECT 'x'::opt_expr == 'infinity'::float8;
SELECT 'infinity'::float8 <= 'x'::opt_expr;
SELECT 'infinity'::float8::opt_expr >= 'x'::opt_expr;
SELECT 1 FROM (VALUES (1)) v WHERE 'x'::opt_expr <= 3;
SELECT 'x'::opt_expr BETWEEN 0 AND 1;
SELECT 'x'::opt_expr = 1;

-- functions
WITH v AS (SELECT 'x'::opt_expr AS x)
SELECT exp(x), ln(x), log10(x), log(x), sqrt(x), sin(x), cos(x), tan(x), asin(x), acos(x), atan(x) FROM v;
WITH v AS (SELECT 'x'::opt_expr AS x)
SELECT sinh(x), cosh(x), tanh(x), asinh(x), acosh(x), atanh(x), erf(x), abs(x), sign(x) FROM v;
WITH v AS (SELECT 'x'::opt_expr AS x, 'y'::opt_expr AS y)
SELECT power(x, y), power(x, 2), power(2, x), atan2(y, x), opt_least(x, y), opt_greatest(x, 0) FROM v;
WITH v AS (SELECT opt_var('x') AS x, opt_var('y') AS y)
SELECT opt_least(x, y, 3), opt_greatest(1, x, y, 2.5, x ^ 2), opt_least(x), opt_least(VARIADIC ARRAY[x, y, x + y]) FROM v;
SELECT opt_least(1::opt_expr, NULL, 3);
SELECT opt_greatest(VARIADIC '{}'::opt_expr[]);
WITH v AS (SELECT opt_var('x', start => 3) AS x, opt_var('y', start => 1) AS y)
SELECT opt_value(opt_solve(opt_minimize(opt_greatest(x^2, y^2, (x + y - 9)^2 + 0.5))), opt_greatest(x^2, y^2, x + 1)) > 3 AS solved FROM v;
SELECT exp(0::opt_expr), sqrt(4::opt_expr), opt_least(1::opt_expr, 2), atan2(0::opt_expr, 1);

-- what is no number
SELECT ln(0::opt_expr);
SELECT sqrt((-1)::opt_expr);
SELECT 'x'::opt_expr / 0;
SELECT 1e300 * ('x'::opt_expr * 1e300);
SELECT 'x'::opt_expr * 'NaN'::float8;
SELECT 'infinity'::float8 * opt_var('w', 'IBM');
SELECT opt_var('w', 'IBM') + 'infinity'::float8;
SELECT opt_var('w', 'IBM') ^ 'NaN'::float8;
SELECT opt_var('w', 'IBM') <= 'NaN'::float8;
SELECT opt_var('w', 'IBM') + '-infinity'::numeric;

-- nesting has an end, and what is nested deeply is printed and read back
CREATE FUNCTION pg_temp.nest(depth int, step text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	e opt_expr := 'x';
	reached int := 0;
BEGIN
	BEGIN
		FOR i IN 1..depth LOOP
			EXECUTE 'SELECT ' || step INTO e USING e;
			reached := i;
		END LOOP;
		RETURN format('%s, reads back: %s', depth, e::text::opt_expr === e);
	EXCEPTION WHEN OTHERS THEN
		RETURN format('at %s: %s %s', reached, sqlstate, sqlerrm);
	END;
END $$;
SELECT step, pg_temp.nest(900, step) FROM unnest('{3 ^ $1,-exp(-$1),$1 ^ 3}'::text[]) step;
SELECT step, pg_temp.nest(998, step) FROM unnest('{exp($1),sin(1 - $1),abs(-$1)}'::text[]) step;
SELECT step, pg_temp.nest(1100, step) FROM unnest('{1 / (1 + $1),3 ^ $1,exp($1),sin(1 - $1),abs(-$1)}'::text[]) step;
-- what doubles at every step meets the memory limit
SET constropt.max_memory = '16MB';
SELECT step, regexp_replace(pg_temp.nest(100, step), '\d+', 'N') AS outcome FROM unnest('{$1 * sin($1),opt_least(1 - $1 * $1; 2)}'::text[]) s, replace(s, ';', ',') step;
RESET constropt.max_memory;

-- operators are found through search_path, and views name them in full
CREATE VIEW operator_view AS SELECT 2 * opt_var('x') + 1 AS e, opt_var('x') <= 3 AS c, exp(opt_var('x')) AS f;
SET search_path = pg_catalog;
SELECT pg_get_viewdef('public.operator_view'::regclass);
SELECT e FROM public.operator_view;
RESET search_path;
DROP VIEW operator_view;
PREPARE q AS SELECT $1 * opt_var('x');
EXECUTE q(3);
DEALLOCATE q;
