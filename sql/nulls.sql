-- NULL is refused by name wherever it could make a term, a row or a bound disappear.
\set VERBOSITY default
CREATE FUNCTION pg_temp.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
BEGIN
	EXECUTE 'SELECT (' || query || ')::text' INTO result;
	RETURN 'value ' || coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN sqlstate || ' ' || sqlerrm || coalesce(' | ' || nullif(detail, ''), '');
END $$;

-- every operator with an expression and a number
SELECT op, pg_temp.outcome(format('opt_var(''w'', ''IBM'') %s NULL::float8', op)) AS right_number,
	pg_temp.outcome(format('NULL::float8 %s opt_var(''w'', ''IBM'')', op)) AS left_number
FROM unnest('{+,-,*,/,^,<=,>=,==}'::text[]) op;
-- with two expressions
SELECT op, pg_temp.outcome(format('opt_var(''w'', ''IBM'') %s NULL::opt_expr', op)) AS right_expr,
	pg_temp.outcome(format('NULL::opt_expr %s (opt_var(''w'', 1) + opt_var(''w'', 2) + opt_var(''w'', 3))', op)) AS left_expr,
	pg_temp.outcome(format('NULL::opt_expr %s NULL::opt_expr', op)) AS both
FROM unnest('{+,-,*,/,^,<=,>=,==}'::text[]) op;
-- NaN and infinity
SELECT op, pg_temp.outcome(format('opt_var(''w'', ''IBM'') %s ''NaN''::float8', op)) AS not_a_number,
	pg_temp.outcome(format('opt_var(''w'', ''IBM'') %s ''infinity''::float8', op)) AS infinite
FROM unnest('{+,-,*,/,^,<=,>=,==}'::text[]) op;

SELECT pg_temp.outcome('- NULL::opt_expr'), pg_temp.outcome('+ NULL::opt_expr');
SELECT f, pg_temp.outcome(f || '(NULL::opt_expr)')
FROM unnest('{exp,ln,log10,log,sqrt,sin,cos,tan,asin,acos,atan,sinh,cosh,tanh,asinh,acosh,atanh,erf,abs,sign}'::text[]) f;
SELECT f, pg_temp.outcome(f || '(opt_var(''x''), NULL::opt_expr)') AS second, pg_temp.outcome(f || '(NULL::opt_expr, opt_var(''x''))') AS first
FROM unnest('{power,atan2,opt_least,opt_greatest}'::text[]) f;

-- a missing row of a join
CREATE TABLE price (asset text, p float8);
INSERT INTO price VALUES ('a', 1), ('b', NULL);
SELECT sum(p * opt_var('w', asset)) FROM price;
SELECT sum(opt_var('w', k.asset) * p) FROM (VALUES ('a'), ('c')) k(asset) LEFT JOIN price USING (asset);
DROP TABLE price;

-- constraints and problems
SELECT opt_con(NULL, 'x <= 1');
SELECT opt_con('', 'x <= 1');
SELECT opt_con('a', NULL);
SELECT opt_con('a', 'k', NULL);
SELECT opt_con('a', NULL::text, 'x <= 1');
SELECT opt_between(NULL, 0, 1);
SELECT opt_between(opt_var('w', 'IBM'), 'NaN', 1);
SELECT opt_between(opt_var('w', 'IBM'), 0, '-infinity');
SELECT opt_minimize(NULL);
SELECT opt_maximize(NULL, 'x <= 1');
SELECT opt_minimize('x', NULL);
SELECT opt_minimize('x', 'x >= 1', (SELECT opt_all(c) FROM (SELECT 'x <= 1'::opt_constraint AS c WHERE false) e));
SELECT opt_minimize('x', 'x >= 1', coalesce((SELECT opt_all(c) FROM (SELECT 'x <= 1'::opt_constraint AS c WHERE false) e), ''));
SELECT opt_feasible(VARIADIC NULL::opt_constraint[]);
SELECT opt_minimize('x', VARIADIC NULL::opt_constraint[]);

-- casts and grouping take NULL as other types do
SELECT NULL::float8::opt_expr IS NULL AS cast, (NULL::opt_expr === 'x') IS NULL AS same, count(DISTINCT x::text) FROM (VALUES (NULL::opt_expr), ('x')) v(x);
