# Values on their way: dump and restore, binary COPY, damage on the way.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptModels;
use ConstroptTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = constropt_node('main');
my $dir = PostgreSQL::Test::Utils::tempdir;

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE keep (id int PRIMARY KEY, e opt_expr, c opt_constraint, p opt_problem, s opt_solution);
INSERT INTO keep (id, e, c) SELECT g,
	g * opt_var('x', g, lb => 0, ub => g) + 0.1::float8 / 3 * opt_var('y', (g, 'it''s "odd", é')) ^ 2,
	opt_con('limit', g, opt_between((SELECT sum(opt_var('x', i, lb => 0, ub => i)) FROM generate_series(1, g) i), g - 0.1::float8 / 3, 1e300))
  FROM generate_series(1, 5) g;
UPDATE keep SET p = opt_minimize(e + opt_param('p', id, 0.3) * opt_var('x', id, lb => 0, ub => id), c);
UPDATE keep SET s = opt_solve(p);
INSERT INTO keep (id, e, p, s) VALUES (6, 'exp(x)/y + least(a, b)', opt_minimize('x', 'x >= 1', 'x <= 0'), opt_solve(opt_minimize('x', 'x >= 1', 'x <= 0'))), (7, NULL, NULL, NULL);
INSERT INTO keep (id, p) SELECT 8, opt_minimize(sum(g * opt_var('x', g, lb => 0)), sum(opt_var('x', g, lb => 0)) >= 1) FROM generate_series(1, 20000) g;
UPDATE keep SET s = opt_solve(p) WHERE id = 8;
CREATE VIEW model AS SELECT id, opt_minimize(e * 1, c, opt_con('more', opt_var('x', id, lb => 0, ub => id) <= 100)) AS p FROM keep WHERE c IS NOT NULL;
CREATE MATERIALIZED VIEW answer AS SELECT id, opt_solve(p) AS s FROM model;
CREATE TABLE defaulted (id int, p opt_problem DEFAULT opt_minimize(opt_var('z', lb => 1)), CHECK (opt_status(opt_solve(p)) = 'optimal'));
INSERT INTO defaulted VALUES (1);
SQL

my $digest = <<'SQL';
SELECT string_agg(md5(concat(id, opt_expr_send(e), opt_constraint_send(c), opt_problem_send(p), opt_solution_send(s))), ',' ORDER BY id) FROM %s
SQL
my $rows = <<'SQL';
SELECT md5(string_agg(v::text, E'\n' ORDER BY id, v.name, v.key)) FROM %s, opt_variables(s) v
SQL
my $before = $node->safe_psql('postgres', sprintf $digest, 'keep');
my $answers = $node->safe_psql('postgres', sprintf $rows, 'answer');
isnt($before, '', 'there are values');

#
# pg_dump and restore, every format
#
for my $format ('plain', 'custom')
{
	my $file = "$dir/dump.$format";

	$node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, $node->connstr('postgres') ], "pg_dump, $format");
	$node->safe_psql('postgres', "CREATE DATABASE restored_$format");
	if ($format eq 'plain')
	{
		$node->command_ok(
			[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr("restored_$format"), '-f', $file ],
			'restore, plain');
	}
	else
	{
		$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr("restored_$format"), $file ], 'restore, custom');
	}
	is($node->safe_psql("restored_$format", sprintf $digest, 'keep'), $before, "$format: the same bytes");
	is($node->safe_psql("restored_$format", sprintf $rows, 'answer'), $answers, "$format: the materialized view has the same rows");
	is($node->safe_psql("restored_$format", 'SELECT count(opt_solve(p)) FROM model'), 5, "$format: the view works");
}

#
# Binary COPY
#
$node->safe_psql('postgres', "CREATE TABLE copied (LIKE keep); COPY keep TO '$dir/keep.bin' (FORMAT binary); COPY copied FROM '$dir/keep.bin' (FORMAT binary)");
is($node->safe_psql('postgres', sprintf $digest, 'copied'), $before, 'binary COPY: the same bytes');
$node->safe_psql('postgres', "TRUNCATE copied; COPY keep TO '$dir/keep.txt'; COPY copied FROM '$dir/keep.txt'");
is($node->safe_psql('postgres', sprintf $digest, 'copied'), $before, 'text COPY: the same bytes');

#
# Binary input that was cut or changed.  What is accepted has to be usable: it
# is printed, sent and, a problem, solved.
#
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE arrived_c (v opt_constraint);
CREATE TABLE arrived_p (v opt_problem);
CREATE TABLE arrived_e (v opt_expr);
CREATE TABLE arrived_s (v opt_solution);
CREATE TABLE outcome (type text, what text, n int, state text);
CREATE PROCEDURE arrive(type text, what text, n int, bytes bytea) LANGUAGE plpgsql AS $$
DECLARE
	place text := current_setting('data_directory') || '/arriving';
	head bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0);
	file oid := lo_from_bytea(0, head || int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
	state text := 'value';
BEGIN
	PERFORM lo_export(file, place), lo_unlink(file);
	BEGIN
		EXECUTE format('COPY arrived_%s FROM %L (FORMAT binary)', type, place);
		EXECUTE format('SELECT count(v::text), count(opt_%s_send(v)) FROM arrived_%s',
			CASE type WHEN 'c' THEN 'constraint' WHEN 'p' THEN 'problem' WHEN 'e' THEN 'expr' ELSE 'solution' END, type);
		IF type = 'p' THEN
			PERFORM opt_info(opt_solve(v, options => '{"max_iterations": 50, "time_limit": 2}')) FROM arrived_p;
		ELSIF type = 's' THEN
			PERFORM opt_variables(v), opt_constraints(v), opt_info(v), opt_iterations(v) FROM arrived_s;
		END IF;
	EXCEPTION WHEN others THEN
		state := SQLSTATE;
	END;
	EXECUTE format('DELETE FROM arrived_%s', type);
	INSERT INTO outcome VALUES (type, what, n, state);
END $$;
CREATE PROCEDURE damage(type text, bytes bytea) LANGUAGE plpgsql AS $$
BEGIN
	CALL arrive(type, 'whole', 0, bytes);
	CALL arrive(type, 'longer', 0, bytes || '\x00');
	FOR n IN 0..length(bytes) - 1 LOOP
		CALL arrive(type, 'cut', n, substr(bytes, 1, n));
		CALL arrive(type, 'changed', n, set_byte(bytes, n, get_byte(bytes, n) # 255));
		CALL arrive(type, 'changed', n, set_byte(bytes, n, get_byte(bytes, n) # 1));
		CALL arrive(type, 'changed', n, set_byte(bytes, n, get_byte(bytes, n) # 128));
		COMMIT;
	END LOOP;
END $$;
SQL
session($node, <<'SQL');
SET synchronous_commit = off;
SELECT opt_minimize(opt_var('x', lb => 0) ^ 2 + opt_quad('y', 1, 2, 0.1) + opt_quad('y', 1, 1, 1) + opt_quad('y', 2, 2, 1) + opt_param('p', 3) * opt_var('x', lb => 0),
	opt_con('a', opt_var('x', lb => 0) + sum(opt_var('y', g)) >= 1), opt_con('b', 2, opt_between(sum(opt_var('y', g) * 2), -1, 5))) AS p FROM generate_series(1, 2) g \gset
CALL damage('p', opt_problem_send(:'p'));
CALL damage('c', opt_constraint_send('c[''k'']: -1 <= x^2 + 3*y + exp(z) <= 7'));
CALL damage('e', opt_expr_send('w[''a'']*p*3 + sin(x)^2 where w[''a''] in [0, 0.4], p := 3'));
CALL damage('s', opt_solution_send(opt_solve(opt_problem('(x - 1)^2 + y', '{a: x + y >= 2, y >= 0}'))));
SQL
is($node->safe_psql('postgres', q{SELECT string_agg(type, '' ORDER BY type) FROM outcome WHERE what = 'whole' AND state = 'value'}),
	'ceps', 'undamaged values arrive');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT type || ' ' || n, ', ') FROM outcome WHERE what IN ('cut', 'longer') AND state NOT IN ('22P03', '08P01', '22021')}),
	'', 'cut or lengthened values are refused, at every byte');
note $node->safe_psql('postgres', q{SELECT type, what, state, count(*) FROM outcome GROUP BY 1, 2, 3 ORDER BY 1, 2, 3});
# (A solution's JSON texts are read when opt_info shows them.)
is( $node->safe_psql(
		'postgres', q{SELECT string_agg(DISTINCT format('%s byte %s: %s', type, n, state), ', ') FROM outcome
		WHERE state NOT IN ('value', '22P03', '08P01', '22021', '54000', '22023', '0A000') AND NOT (type = 's' AND state IN ('22P02', '22P05'))}),
	'', 'changed values are refused, or are values');
is($node->safe_psql('postgres', 'SELECT count(*) > 2000 FROM outcome'), 't', 'thousands of them');
is($node->safe_psql('postgres', $check_answer), 't', 'solves are right after all that');
server_log_is_quiet($node);

done_testing();
