-- Text, binary and stored forms of opt_expr, opt_constraint and opt_problem.

-- text in and out
SELECT 'x1*x4*(x1+x2+x3)+x3'::opt_expr;
SELECT '2*w[''IBM''] + 3*ship[''p1'',''m2''] - 1'::opt_expr;
SELECT 'budget: x + y == 1; cap[''a'']: 0 <= x <= 0.5'::opt_constraint;
SELECT ''::opt_constraint;
SELECT 'maximize x + 2*y subject to c: x + y <= 3 where x in [0, inf], y in [0, 2] start 1'::opt_problem;
SELECT 'feasible subject to x >= 1'::opt_problem;

-- what is printed reads back to the same value
CREATE TABLE form (e opt_expr);
INSERT INTO form VALUES
	('0'), ('-1e-300'), ('0.1 + 0.2*x'), ('x*y + y^2'), ('exp(-b*t)/sqrt(1 + x^2)'),
	('"odd name"[''it''''s'', ''(a,b)''] * 3'), ('x^y^2'), ('-x^2'), ('(-x)^2'),
	(opt_var('w', 'a', lb => 0, ub => 0.4) * opt_param('p', 3)),
	(opt_var('ship', ('p"1', 'm,2'), start => 0.5) + 1),
	((opt_var('x', 1) + opt_var('x', 2)) ^ 3);
SELECT e::text, e::text::opt_expr === e AS same FROM form;

-- kept in a table, compressed, out of line, and small with a short header
CREATE TABLE kept AS
	SELECT n, (SELECT sum(i * opt_var('v', i * 7919)) FROM generate_series(1, n) i) AS e
	FROM unnest(ARRAY[1, 2, 100, 3000]) n;
ALTER TABLE kept ALTER e SET STORAGE external;
INSERT INTO kept SELECT n + 1, e + 1 FROM kept;
SELECT n, pg_column_size(e) > 2000 AS is_large, e + 0 === e AS same,
	e === (SELECT sum(i * opt_var('v', i * 7919)) FROM generate_series(1, n) i) AS as_made
FROM kept ORDER BY n;

-- binary format: byte for byte, through COPY as well
SELECT count(*) AS sent, count(DISTINCT opt_expr_send(e)) AS distinct_forms FROM form;
CREATE TABLE copied (e opt_expr);
CREATE FUNCTION pg_temp.through_file(c opt_constraint, p opt_problem) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	place text := current_setting('data_directory') || '/constropt_copy';
	same boolean;
BEGIN
	CREATE TEMP TABLE source ON COMMIT DROP AS SELECT c AS c, p AS p;
	CREATE TEMP TABLE target (LIKE source) ON COMMIT DROP;
	EXECUTE format('COPY source TO %L (FORMAT binary)', place);
	EXECUTE format('COPY target FROM %L (FORMAT binary)', place);
	SELECT s.c::text = t.c::text AND s.p::text = t.p::text
		AND opt_constraint_send(s.c) = opt_constraint_send(t.c)
		AND opt_problem_send(s.p) = opt_problem_send(t.p)
		INTO same FROM source s, target t;
	EXECUTE format('COPY form TO %L (FORMAT binary)', place);
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', place);
	RETURN same;
END $$;
SELECT pg_temp.through_file(
	'a: x + y <= 3; b[''k'']: exp(x) >= 1; 0 <= z <= 2',
	opt_maximize(opt_var('x', 1, lb => 0) + 'sin(y)', opt_con('c', 'x + y == 2')));
SELECT count(*) AS lost FROM (SELECT opt_expr_send(e) FROM form EXCEPT SELECT opt_expr_send(e) FROM copied) d;
SELECT bool_and(f.e === c.e) AS same FROM form f JOIN copied c ON f.e::text = c.e::text;
SELECT encode(opt_expr_send('2*x + 1'), 'hex');

-- numbers become constant expressions
SELECT 1::int2::opt_expr, 2::opt_expr, 3::bigint::opt_expr, 1.5::real::opt_expr, 2.5::float8::opt_expr, 1e20::numeric::opt_expr;
SELECT 'NaN'::float8::opt_expr;
SELECT 'NaN'::numeric::opt_expr;
SELECT repeat('9', 400)::numeric::opt_expr;

-- in every place where numbers and expressions meet
SELECT CASE WHEN true THEN opt_var('x') ELSE 0 END, coalesce(opt_var('x'), 0), ARRAY[opt_var('x'), 0, 1.5];
SELECT opt_var('x') AS u UNION ALL SELECT 9 UNION ALL SELECT 0.5;

CREATE DOMAIN share AS opt_expr;
SELECT 2 * x <= 1 AS c, sum(x), exp(x) FROM (SELECT opt_var('x')::share AS x) v GROUP BY x;
DROP DOMAIN share;

-- grouping
SELECT x, count(*) FROM (VALUES (opt_var('x', 1)), (opt_var('x', 2)), (opt_var('x', 1))) v(x) GROUP BY x ORDER BY x::text;
SELECT DISTINCT x::text FROM (VALUES (opt_var('x', 1)), (opt_var('x', 2)), (opt_var('x', 1))) v(x) ORDER BY 1;
SELECT opt_var('x') === opt_var('x') AS same, opt_var('x') === opt_var('x', lb => 0) AS other_bounds, opt_var('x') === opt_var('x', '') AS other_key;

-- other people's functions keep their meaning
SELECT exp('1'), ln('1'), sqrt('4'), abs('-3'), sign('-2'), power('2', '3'), sin('0'), atan2('0', '1'), log('100');
SELECT 2 + 3 AS i, 2.5 * 2 AS n, 2::bigint ^ 2 AS f, 7 / 2 AS d, 1 <= 2 AS b, sum(x), avg(x) FROM generate_series(1, 3) x;

-- errors in texts
SELECT 'x + * y'::opt_expr;
SELECT ''::opt_expr;
SELECT 'x +'::opt_expr;
SELECT 'sin(x, y)'::opt_expr;
SELECT 'nosuch(x)'::opt_expr;
SELECT 'x <= 1'::opt_expr;
SELECT 'x + 1'::opt_constraint;
SELECT 'minimise x'::opt_problem;
SELECT repeat('(', 2000)::opt_expr;
SELECT ('x' || repeat('^x', 2000))::opt_expr IS NOT NULL;
SELECT '1e999*x'::opt_expr;
SELECT opt_expr_in('äöü[''ß''] + »');

-- binary input that was cut, or changed in any one byte: an error or a value, never a crash
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place text := current_setting('data_directory') || '/constropt_bytes';
	head bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0);
	file oid := lo_from_bytea(0, head || int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
BEGIN
	PERFORM lo_export(file, place);
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', place);
	PERFORM lo_unlink(file);
	RETURN 'value';
EXCEPTION WHEN OTHERS THEN
	PERFORM lo_unlink(file);
	RETURN sqlstate;
END $$;
CREATE TEMP TABLE sample AS SELECT opt_expr_send(opt_var('w', 'a', lb => 0) * 2 + 'exp(x + y)/(z + 1)' + 'u*v') AS b;
SELECT pg_temp.receive(b) FROM sample;
SELECT pg_temp.receive(substr(b, 1, n)) AS outcome, count(*) FROM sample, generate_series(0, length(b) - 1) n GROUP BY 1 ORDER BY 1;
SELECT pg_temp.receive(b || '\x00'::bytea) FROM sample;
SELECT pg_temp.receive(set_byte(b, n, 255)) IN ('value', '22P03', '22021', '08P01', '54000') AS clean, count(*) FROM sample, generate_series(0, length(b) - 1) n GROUP BY 1;
SELECT pg_temp.receive(set_byte(b, n, get_byte(b, n) # 1)) IN ('value', '22P03', '22021', '08P01', '54000') AS clean, count(*) FROM sample, generate_series(0, length(b) - 1) n GROUP BY 1;

-- a damaged value in storage: bytes that pass for an expression without any check
SET client_min_messages = warning;
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = extended);
RESET client_min_messages;
CREATE CAST (raw AS opt_expr) WITHOUT FUNCTION;
CREATE CAST (opt_expr AS raw) WITHOUT FUNCTION;
CREATE FUNCTION pg_temp.use(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	e opt_expr := bytes::text::raw::opt_expr;
BEGIN
	RETURN CASE WHEN length((e * 2 + e)::text) + length((SELECT sum(e))::text) > 0 THEN 'value' END;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate;
END $$;
UPDATE sample SET b = (opt_var('w', 'a', lb => 0) * 2 + 'exp(x + y)/(z + 1)' + 'u*v')::raw::text::bytea;
SELECT pg_temp.use(b) FROM sample;
SELECT pg_temp.use(substr(b, 1, n)) AS outcome, count(*) FROM sample, generate_series(0, length(b) - 1) n GROUP BY 1;
SELECT pg_temp.use(set_byte(b, n, 255)) IN ('value', 'XX001', '22023', '22003') AS clean, count(*) > 250 AS many FROM sample, generate_series(0, length(b) - 1) n GROUP BY 1;
SELECT pg_temp.use(set_byte(b, n, get_byte(b, n) # 64)) IN ('value', 'XX001', '22023', '22003') AS clean, count(*) > 250 AS many FROM sample, generate_series(0, length(b) - 1) n GROUP BY 1;
SELECT set_byte(b, 0, 1)::text::raw::opt_expr + 1 FROM sample;
SELECT opt_var('x') * ''::raw::opt_expr;
CREATE CAST (opt_constraint AS raw) WITHOUT FUNCTION;
SELECT 'x <= 1'::opt_constraint::raw::opt_expr + 1;
DROP TYPE raw CASCADE;
DROP TABLE form, kept, copied;
