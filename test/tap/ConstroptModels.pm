# Models the TAP tests share, and a session whose errors do not end it.
#
#	create_models($node);			tables model(kind, problem), text_model, solved
#	create_large_models($node);		more in model: network, factor, full
#	my @lines = session($node, $script);	psql's unaligned output, by lines
package ConstroptModels;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(create_models create_large_models create_probes session server_log_is_quiet $check_answer);

# What every session has to answer after whatever was done to it.
our $check_answer = <<'SQL';
SELECT i.status = 'optimal' AND abs(i.objective - 2) < 1e-6
  FROM opt_info(opt_solve(opt_problem('x^2 + y^2', '{x + y >= 2}'))) i;
SQL

# dense: the condensed system is factorized densely.  lp and qp: 1e5 variables,
# 5e4 rows of four entries.  fill: a random graph, whose factor has one large
# dense front, so that also ordering, analysis and one long front are met.
my $models = <<'SQL';
CREATE TABLE model (kind text PRIMARY KEY, problem opt_problem);
ALTER TABLE model ALTER problem SET STORAGE external;
INSERT INTO model SELECT 'dense', opt_minimize(
	(SELECT opt_quad('x', i, j, CASE WHEN i = j THEN 9000 ELSE (i * j) % 7 END)
	   FROM generate_series(1, 1500) i, generate_series(1, i) j),
	(SELECT sum(opt_var('x', i)) FROM generate_series(1, 1500) i) == 1,
	(SELECT opt_all(opt_var('x', i) <= 1 + i % 7) FROM generate_series(1, 1500) i));
CREATE VIEW rows AS
	SELECT opt_all(opt_con('r', r, e >= 1 + r % 3)) AS rows FROM (
		SELECT r, sum(opt_var('x', 1 + (r * 37 + t * 7919) % 100000, lb => 0)) AS e
		  FROM generate_series(1, 50000) r, generate_series(0, 3) t GROUP BY r) q;
INSERT INTO model SELECT 'lp', opt_minimize(
	(SELECT sum((1 + (i * 7919) % 101) * opt_var('x', i, lb => 0)) FROM generate_series(1, 100000) i), rows) FROM rows;
INSERT INTO model SELECT 'qp', opt_minimize(
	(SELECT sum((opt_var('x', i, lb => 0) - i % 11) ^ 2) FROM generate_series(1, 100000) i), rows) FROM rows;
INSERT INTO model SELECT 'fill', opt_minimize(
	(SELECT sum((opt_var('x', i) - i % 11) ^ 2) FROM generate_series(1, 8000) i),
	(SELECT opt_all(opt_con('r', r, e == r % 3)) FROM (
		SELECT r, sum(opt_var('x', ((r::bigint * 2654435761 + t * 40503 * r) % 7919 + t * 17) % 8000 + 1)) AS e
		  FROM generate_series(1, 5000) r, generate_series(0, 3) t GROUP BY r) q));
CREATE TABLE text_model AS SELECT
	E'NAME BIG\nROWS\n N cost\n'
	|| (SELECT string_agg(' G r' || r, E'\n') FROM generate_series(1, 100000) r)
	|| E'\nCOLUMNS\n'
	|| (SELECT string_agg(format(' x%s cost %s r%s 1 ', c, c % 17, 1 + c % 100000)
			|| format(E'\n x%s r%s 2 r%s -1', c, 1 + (c + 3) % 100000, 1 + (c + 7) % 100000), E'\n')
		  FROM generate_series(1, 300000) c)
	|| E'\nRHS\n'
	|| (SELECT string_agg(format(' b r%s %s', r, r % 5), E'\n') FROM generate_series(1, 100000) r)
	|| E'\nENDATA\n' AS mps;
CREATE TABLE solved AS SELECT opt_solve(problem) AS sol FROM model WHERE kind = 'lp';
SQL

# network: 160000 nodes of a torus and 320000 arcs, whose order, analysis and
# vectors are long.  factor: 20000 assets on 50 factors, a million entries in
# 51 full rows.  full: 4000 variables and 8 million products.
my $large_models = <<'SQL';
INSERT INTO model SELECT 'network', opt_minimize(
	(SELECT sum((1 + a % 101) * opt_var('flow', a, lb => 0, ub => 4)) FROM generate_series(0, 319999) a),
	(SELECT opt_rows('node', CASE WHEN s > 0 THEN a / 2 WHEN a % 2 = 0 THEN a / 800 * 400 + (a / 2 + 1) % 400
			ELSE (a / 2 + 400) % 160000 END, 'flow', a, s, 0, 0)
	   FROM generate_series(0, 319999) a, (VALUES (1), (-1)) v (s)),
	(SELECT opt_all(opt_var('flow', a, lb => 0, ub => 4) >= 1) FROM generate_series(0, 319999, 997) a));
INSERT INTO model SELECT 'factor', opt_minimize(
	(SELECT sum((0.01 + j % 7) * opt_var('w', j, lb => 0, ub => 0.01) ^ 2 - (j % 13) * opt_var('w', j, lb => 0, ub => 0.01))
	   FROM generate_series(1, 20000) j) + (SELECT sum(opt_var('f', k) ^ 2) FROM generate_series(1, 50) k),
	(SELECT opt_rows('exposure', k, CASE WHEN j = 0 THEN 'f' ELSE 'w' END, CASE WHEN j = 0 THEN k ELSE j END,
			CASE WHEN j = 0 THEN -1 ELSE sin(j * k) END, 0, 0)
	   FROM generate_series(0, 20000) j, generate_series(1, 50) k),
	(SELECT sum(opt_var('w', j, lb => 0, ub => 0.01)) FROM generate_series(1, 20000) j) == 1);
INSERT INTO model SELECT 'full', opt_minimize(
	(SELECT opt_quad('x', i, j, CASE WHEN i = j THEN 30000 ELSE (i * j) % 7 END)
	   FROM generate_series(1, 4000) i, generate_series(1, i) j),
	(SELECT sum(opt_var('x', i, lb => 0)) FROM generate_series(1, 4000) i) == 1);
SQL

# Bytes of private memory, threads, and signals of the backend itself.
my $probes = <<'SQL';
CREATE FUNCTION private_kb() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT (split_part(t, ' ', 2)::bigint - split_part(t, ' ', 3)::bigint) * 4 FROM pg_read_file('/proc/self/statm') t $$;
CREATE FUNCTION peak_kb() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint $$;
CREATE FUNCTION space_bytes() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT split_part(pg_read_file('/proc/self/statm'), ' ', 1)::bigint * 4096 $$;
CREATE FUNCTION context_kb() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT sum(total_bytes)::bigint / 1024 FROM pg_backend_memory_contexts $$;
CREATE FUNCTION n_threads() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT count(*) FROM pg_ls_dir('/proc/self/task') $$;
CREATE FUNCTION signals() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT string_agg(m[1], ' ') FROM regexp_matches(pg_read_file('/proc/self/status'), 'Sig(?:Blk|Ign|Cgt):\s+[0-9a-f]+', 'g') m $$;
SQL

sub create_models
{
	my ($node) = @_;
	$node->safe_psql('postgres', $models);
	return;
}

sub create_large_models
{
	my ($node) = @_;
	$node->safe_psql('postgres', $large_models);
	return;
}

sub create_probes
{
	my ($node) = @_;
	$node->safe_psql('postgres', $probes);
	return;
}

sub session
{
	my ($node, $script, %options) = @_;
	my ($out, $err) = ('', '');

	$node->psql(
		'postgres', $script,
		stdout => \$out,
		stderr => \$err,
		on_error_stop => 0,
		%options);
	note "stderr: " . substr($err, 0, 2000) if $err ne '' && !$options{expect_errors};
	return split /\n/, $out;
}

# Neither a crash nor a complaint about something not given back; a local
# solution may have been warned of.
sub server_log_is_quiet
{
	my ($node) = @_;
	my @bad = grep { /PANIC|terminated by signal|TRAP:|WARNING:(?!  the quadratic objective is not)|leak/ } split /\n/, slurp_file($node->logfile);

	is(scalar @bad, 0, 'no crash and no warning in the log') or diag join "\n", @bad[ 0 .. ($#bad > 9 ? 9 : $#bad) ];
	return;
}

1;
