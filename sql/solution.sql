-- The type opt_solution: text and binary round trips, storage, damage.

CREATE TABLE solution AS
SELECT k, opt_solve(p, options => '{"presolve": false}') AS sol FROM (VALUES
	(1, opt_problem('(x - 3)^2 + (y + 1)^2', '{budget: x + y <= 2, y >= 0}')),
	(2, opt_problem('2*x + 3*y', '{c: x + y <= 5, x <= 3}', variables => 'SELECT n AS name, 0 AS lower, NULL::int AS upper FROM unnest(''{x,y}''::text[]) n', maximize => true)),
	(3, opt_problem('x + y', '{x + y <= 1, x + y >= 3}')),
	(4, opt_problem('x + y', '{x - y <= 1}')),
	(5, opt_problem('w[''e "q" \ z''] + p', '{"c[''a,b'']: w[''e \"q\" \\ z''] >= p"}', params => '{"p": 2.5}')),
	(6, opt_problem('1', '{}'))) t(k, p);
INSERT INTO solution
SELECT 7, opt_solve(opt_minimize(sum(opt_var('x', i) * opt_var('x', i)), sum(i * opt_var('x', i)) >= 3000)) FROM generate_series(1, 300) i;

CREATE FUNCTION same_bytes(a opt_solution, b opt_solution) RETURNS bool LANGUAGE sql AS $$ SELECT opt_solution_send(a) = opt_solution_send(b) $$;

-- the text is JSON for readers, and reads back to the byte
SELECT k, split_part(sol::text, '"objective"', 1) AS begins FROM solution WHERE k < 7 ORDER BY k;
SELECT k, json(sol::text) ->> 'status' = opt_status(sol) AS is_json, same_bytes(sol, sol::text::opt_solution) AS same FROM solution ORDER BY k;
SELECT k, same_bytes(sol, (E' \n{ "status" :' || substr(sol::text, 11))::opt_solution) AS spaces_are_free FROM solution WHERE k = 1;

-- binary, through a file
\getenv abs_builddir PG_ABS_BUILDDIR
\cd :abs_builddir
\copy (SELECT k, sol FROM solution ORDER BY k) TO 'solution.bin' (FORMAT binary)
CREATE TABLE received (k int, sol opt_solution);
\copy received FROM 'solution.bin' (FORMAT binary)
SELECT k, same_bytes(s.sol, r.sol) AS same FROM solution s JOIN received r USING (k) ORDER BY k;
SELECT k, (SELECT count(*) FROM (SELECT * FROM opt_variables(s.sol) EXCEPT SELECT * FROM opt_variables(r.sol)) x) AS variables,
	   (SELECT count(*) FROM (SELECT * FROM opt_constraints(s.sol) EXCEPT SELECT * FROM opt_constraints(r.sol)) x) AS constraints,
	   (SELECT count(*) FROM (SELECT * FROM opt_info(s.sol) EXCEPT SELECT * FROM opt_info(r.sol)) x) AS info,
	   (SELECT count(*) FROM (SELECT * FROM opt_iterations(s.sol) EXCEPT SELECT * FROM opt_iterations(r.sol)) x) AS iterations
FROM solution s JOIN received r USING (k) ORDER BY k;

-- names and keys with every kind of character are found again
SELECT v.name, v.key, round(v.value::numeric, 5) AS value, opt_value(sol, opt_var('w', v.key)) = v.value AS found FROM received, opt_variables(sol) v WHERE k = 5;
SELECT c.name, c.key, c.lower, round(opt_dual(sol, 'c', 'a,b')::numeric, 6) AS dual FROM received, opt_constraints(sol) c WHERE k = 5;

-- stored in line, compressed, out of line: the same answers
CREATE TABLE stored (how text, sol opt_solution);
ALTER TABLE stored ALTER sol SET STORAGE plain;
INSERT INTO stored SELECT 'plain', sol FROM solution WHERE k = 1;
ALTER TABLE stored ALTER sol SET STORAGE main;
INSERT INTO stored SELECT 'main', sol FROM solution WHERE k = 1;
INSERT INTO stored SELECT 'large main', sol FROM solution WHERE k = 7;
ALTER TABLE stored ALTER sol SET STORAGE external;
INSERT INTO stored SELECT 'external', sol FROM solution WHERE k = 7;
ALTER TABLE stored ALTER sol SET STORAGE extended;
INSERT INTO stored SELECT 'extended', sol FROM solution WHERE k = 7;
SELECT how, opt_status(st.sol), (SELECT count(*) FROM opt_variables(st.sol)) AS n,
	   round((SELECT sum(v.value * ltrim(v.key, '0')::int) FROM opt_variables(st.sol) v WHERE v.key IS NOT NULL)::numeric, 5) AS weighted
FROM stored st ORDER BY how;
SELECT how, round(sum(i * opt_value(sol, opt_var('x', i)))::numeric, 5) AS weighted FROM stored, generate_series(1, 300) i WHERE how IN ('large main', 'external', 'extended') GROUP BY how ORDER BY how;

-- one call site, several stored values in turn: the kept one is not taken for another
SELECT r.k, i, abs(opt_value(r.sol, opt_var('x', i)) - v.value * r.k) < 1e-5 AS right_one
FROM (SELECT m AS k, opt_solve(opt_minimize(sum(opt_var('x', j) * opt_var('x', j)), sum(j * opt_var('x', j)) >= 3000 * m)) AS sol
	  FROM generate_series(1, 300) j, generate_series(1, 2) m GROUP BY m OFFSET 0) r,
	 generate_series(1, 300, 150) i, solution s, opt_variables(s.sol) v WHERE s.k = 7 AND v.key = i::text ORDER BY 1, 2;
CREATE TABLE several AS SELECT m AS k, opt_solve(opt_minimize(sum(opt_var('x', j) * opt_var('x', j)), sum(j * opt_var('x', j)) >= 3000 * m)) AS sol
	  FROM generate_series(1, 300) j, generate_series(1, 3) m GROUP BY m;
SELECT i, count(DISTINCT round((opt_value(sol, opt_var('x', i)) / k)::numeric, 5)) AS one, count(DISTINCT round(opt_value(sol, opt_var('x', i))::numeric, 5)) AS three
FROM generate_series(100, 102) i, several GROUP BY i ORDER BY i;

-- what is not such a text
\set VERBOSITY terse
SELECT ''::opt_solution;
SELECT '{}'::opt_solution;
SELECT 'optimal'::opt_solution;
SELECT (sol::text || 'x')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT replace(sol::text, '"optimal"', '"infeasible"')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT regexp_replace(sol::text, '"objective": [^,]*', '"objective": 1')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT replace(sol::text, '<= 2', '<= ')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT replace(sol::text, '<= 2', '<= 3')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT replace(sol::text, 'budget: ', 'x + y >= -9; budget: ')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT regexp_replace(sol::text, '"data": "....', '"data": "')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT regexp_replace(sol::text, '"data": "....', '"data": "????')::opt_solution IS NULL FROM solution WHERE k = 1;
SELECT regexp_replace(sol::text, '"data": "..', '"data": "Ag')::opt_solution IS NULL FROM solution WHERE k = 1;
\set VERBOSITY default

-- cut at every place, and every kind of damage to a stored value: an error, never a crash
CREATE FUNCTION outcome_of(command text, argument text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command USING argument;
	RETURN 'read';
EXCEPTION WHEN others THEN
	RETURN SQLSTATE;
END $$;
SELECT outcome_of('SELECT $1::opt_solution', left(sol::text, n)) AS outcome, count(*) > 100 AS many
FROM solution, generate_series(0, length(sol::text) - 1) n WHERE k = 1 GROUP BY 1 ORDER BY 1;

SET client_min_messages = warning;
CREATE TYPE blob;
CREATE FUNCTION blob_in(cstring) RETURNS blob AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION blob_out(blob) RETURNS cstring AS 'byteaout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE blob (INPUT = blob_in, OUTPUT = blob_out, ALIGNMENT = double, STORAGE = extended);
CREATE CAST (blob AS opt_solution) WITHOUT FUNCTION;
CREATE CAST (opt_solution AS blob) WITHOUT FUNCTION;

CREATE FUNCTION read_all(argument text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	command text;
	outcome text;
	outcomes text[] := '{}';
BEGIN
	FOREACH command IN ARRAY ARRAY[
		'SELECT opt_status($1::blob::opt_solution)',
		'SELECT opt_value($1::blob::opt_solution, ''x + y'')',
		'SELECT opt_reduced_cost($1::blob::opt_solution, ''x'')',
		'SELECT opt_dual($1::blob::opt_solution, ''budget'')',
		'SELECT count(v) FROM opt_variables($1::blob::opt_solution) v',
		'SELECT count(v) FROM opt_constraints($1::blob::opt_solution) v',
		'SELECT count(v) FROM opt_info($1::blob::opt_solution) v',
		'SELECT count(v) FROM opt_iterations($1::blob::opt_solution) v',
		'SELECT $1::blob::opt_solution::text',
		'SELECT opt_solution_send($1::blob::opt_solution)',
		'SELECT opt_solve(opt_problem(''x'', ''{x >= 1}''), warm_start => $1::blob::opt_solution)']
	LOOP
		outcome := outcome_of(command, argument);
		IF outcome NOT IN ('read', 'XX001', '22023', '22P02', '22021', '22P05') THEN
			outcomes := outcomes || (outcome || ' in ' || command);
		END IF;
	END LOOP;
	RETURN array_to_string(outcomes, '; ');
END $$;
SELECT same_bytes(sol, sol::blob::opt_solution), read_all(sol::blob::text) FROM solution WHERE k = 1;
CREATE TABLE flat AS SELECT sol::blob::text::bytea AS bytes FROM solution WHERE k = 1;
-- none may show a row
SELECT n, mask, read_all(set_byte(bytes, n, get_byte(bytes, n) # mask)::text)
FROM flat, generate_series(0, length(bytes) - 1) n, unnest('{1,128,255}'::int[]) mask
WHERE read_all(set_byte(bytes, n, get_byte(bytes, n) # mask)::text) <> '';
SELECT n, read_all(substr(bytes, 1, n)::text) FROM flat, generate_series(0, length(bytes) - 1) n WHERE read_all(substr(bytes, 1, n)::text) <> '';
-- the first bytes: the version, then the status
SELECT outcome_of('SELECT opt_status($1::blob::opt_solution)', set_byte(bytes, 0, 2)::text) AS version,
	   outcome_of('SELECT opt_status($1::blob::opt_solution)', set_byte(bytes, 1, 99)::text) AS status,
	   outcome_of('SELECT opt_status($1::blob::opt_solution)', (bytes || '\x0000000000000000'::bytea)::text) AS longer FROM flat;

-- the same for the binary format: a bytea of the bytes is written, and read as a solution
CREATE TABLE message AS SELECT opt_solution_send(sol) AS bytes FROM solution WHERE k = 1;
CREATE VIEW damaged AS SELECT 8, bytes FROM message;
\set SHOW_CONTEXT never
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, substr(bytes, 1, length(bytes) - 1) AS bytes FROM message;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, bytes || '\x00'::bytea AS bytes FROM message;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, overlay(bytes PLACING '\x7fffffff'::bytea FROM 1) AS bytes FROM message;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, '\x'::bytea AS bytes FROM message;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
-- the byte behind the problem is the version, 14 bytes on stand the counts
CREATE VIEW behind AS SELECT bytes, 5 + ('x' || encode(substr(bytes, 1, 4), 'hex'))::bit(32)::int AS at FROM message;
CREATE OR REPLACE VIEW damaged AS SELECT 9, overlay(bytes PLACING '\x02'::bytea FROM at) AS bytes FROM behind;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, overlay(bytes PLACING '\x63'::bytea FROM at + 1) AS bytes FROM behind;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, overlay(bytes PLACING '\x7fffffff'::bytea FROM at + 14) AS bytes FROM behind;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
CREATE OR REPLACE VIEW damaged AS SELECT 9, overlay(bytes PLACING '\x80000000'::bytea FROM at + 22) AS bytes FROM behind;
\copy (SELECT * FROM damaged) TO 'solution.bin' (FORMAT binary)
\copy received FROM 'solution.bin' (FORMAT binary)
\! rm -f solution.bin
SELECT r.k, same_bytes(r.sol, s.sol) AS same FROM received r JOIN solution s ON s.k = 1 WHERE r.k >= 8;

DROP VIEW damaged, behind;
DROP TABLE message;
DROP TABLE flat, several, stored, received;
DROP FUNCTION read_all(text);
DROP FUNCTION outcome_of(text, text);
DROP CAST (blob AS opt_solution);
DROP CAST (opt_solution AS blob);
DROP TYPE blob CASCADE;
RESET client_min_messages;
DROP FUNCTION same_bytes(opt_solution, opt_solution);
DROP TABLE solution;
