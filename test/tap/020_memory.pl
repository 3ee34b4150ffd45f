# Memory of a backend: failing and succeeding solves leave none behind, and what
# is too large is refused before it is taken.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptModels;
use ConstroptTest;
use PostgreSQL::Test::Utils;
use List::Util qw(min);
use Test::More;

plan skip_all => 'there is no /proc/self/statm' unless -r '/proc/self/statm';

# What the C library and the server keep for the next time: a leak of half a
# kilobyte in each of 1000 solves is more.
my $slack_kb = 512;

# The C library gives large blocks back to the system, but learns with every
# one that was freed to call less large: from then on they come from its heap,
# which shrinks only as far as no small block stands above them, and megabytes
# come and go by the moment at which a solve was stopped.  Its own first size,
# held, ends the learning, and what is measured is what is kept.
$ENV{MALLOC_MMAP_THRESHOLD_} = 128 * 1024;

my $node = constropt_node('main');
create_models($node);
create_probes($node);

#
# 1000 failing solves of assorted kinds, each an error that reaches the top
#
my @failing = (
	[ q{SELECT opt_solve(opt_problem('x', '{x >= 1, x <= 0}'), options => '{"on_failure": "error"}')} ],
	[ q{SELECT opt_solve(opt_problem('x', '{}'), options => '{"on_failure": "error"}')} ],
	[ q{SELECT opt_value(sol, opt_var('nobody', 7)) FROM solved} ],
	[ q{SELECT opt_dual(sol, 'r', 'nobody') FROM solved} ],
	[ q{SELECT opt_minimize(sum(CASE WHEN g < 5000 THEN g END * opt_var('x', g))) FROM generate_series(1, 10000) g} ],
	[ q{SELECT opt_minimize(sum('nan'::float8 * opt_var('x', g))) FROM generate_series(1, 10) g} ],
	[ q{SELECT opt_solve(problem) FROM model WHERE kind = 'lp'}, 'SET statement_timeout = 40' ],
	[ q{SELECT opt_solve(problem) FROM model WHERE kind = 'dense'}, 'SET statement_timeout = 60' ],
	[ q{SELECT opt_solve(problem) FROM model WHERE kind = 'dense'}, q{SET constropt.max_memory = '20MB'} ],
	[ q{SELECT opt_solve(problem, options => '{"on_failure": "error", "time_limit": 0.03}') FROM model WHERE kind = 'qp'} ],
	[ q{SELECT opt_solve(problem, options => '{"on_failure": "error", "max_iterations": 1}') FROM model, generate_series(1, 1) WHERE kind = 'dense'}, 'SET statement_timeout = 100' ],
	[ q{SELECT opt_minimize(sum(g * opt_var('x', g))) FROM generate_series(1, 100000) g}, q{SET constropt.max_memory = '1MB'} ],
	[ q{SELECT opt_minimize(opt_quad('x', g, g + 1, g)) FROM generate_series(1, 1000000) g}, 'SET statement_timeout = 30' ],
	[ q{SELECT opt_read_mps(mps || 'what') FROM text_model}, 'SET statement_timeout = 50' ],
	[ q{SELECT opt_read_mps(E'NAME x\nROWS\n N c\nCOLUMNS\n x c nan\nENDATA\n')} ],
	[ q{SELECT opt_problem('x + ', '{}')} ],
	[ q{SELECT * FROM opt_qp(linear => 'SELECT 1 AS v, 1 AS c UNION ALL SELECT 2, NULL')} ],
	[ q{SELECT count(*) FROM opt_qp(quadratic => 'SELECT i, j, 1 AS q FROM generate_series(1, 5000) i, generate_series(1, i) j')}, 'SET statement_timeout = 40' ],
	[ q{SELECT opt_solve(opt_problem('0 - x^2', '{x <= 1, x >= 0}'), 'qp', options => '{"on_failure": "error"}')} ],
	[ q{SELECT opt_solve(opt_problem('x^2', '{x <= 1}'), options => '{"no_such": 1}')} ],
);

sub failing_round
{
	my $script = '';
	for (@failing)
	{
		my ($statement, $setting) = @$_;
		$script .= "$setting;\n" if $setting;
		$script .= "$statement \\g /dev/null\n\\echo :ERROR\nRESET statement_timeout;\nRESET constropt.max_memory;\n";
	}
	return $script;
}

# Memory after each of some windows of the same length.  What is filled once
# is filled before: the work buffer of the dense kernels by solves that are
# let finish, caches by the first window.
my $rounds = 10;
my $windows = 7;
my @lines = session($node,
	"SELECT opt_status(opt_solve(problem)) FROM model;\n\\set VERBOSITY sqlstate\n"
	  . (failing_round() x $rounds . "\\echo kb\nSELECT private_kb();\nSELECT context_kb();\n") x $windows
	  . "SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'constropt%';\n"
	  . $check_answer,
	expect_errors => 1);
my @state = grep { /^(true|false)$/ } @lines;
is(scalar(grep { $_ eq 'true' } @state), @failing * $rounds * $windows, 'every one of them failed');
for my $i (0 .. $#state)
{
	next if $state[$i] eq 'true';
	diag "did not fail: $failing[ $i % @failing ][0]";
}
my @at = grep { $lines[$_] eq 'kb' } 0 .. $#lines;
for my $what ([ 'private memory', 1, $slack_kb ], [ "the server's contexts", 2, $slack_kb / 8 ])
{
	my ($name, $offset, $slack) = @$what;
	my (undef, @kb) = map { $lines[ $_ + $offset ] } @at;
	my $half = @kb / 2;

	note "$name after every " . @failing * $rounds . " failing solves, kB: @kb";
	cmp_ok(min(@kb[ $half .. $#kb ]) - min(@kb[ 0 .. $half - 1 ]),
		'<', $slack, "$name: the same after 1000 failing solves");
}
is($lines[-2], 0, 'no memory context is left');
is($lines[-1], 't', 'the next solve is right');

#
# The same inside one transaction, caught by plpgsql
#
@lines = session($node, <<'SQL');
CREATE FUNCTION fail(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	failures int := 0;
BEGIN
	FOR i IN 1..n LOOP
		BEGIN
			PERFORM opt_solve(CASE i % 3 WHEN 0 THEN opt_problem('x', '{x >= 1, x <= 0}') WHEN 1 THEN opt_problem('x', '{}')
					ELSE (SELECT opt_minimize(opt_quad('x', g, g, CASE WHEN g < 90 THEN 1 ELSE -1 END)) FROM generate_series(1, 90) g) END,
				options => '{"on_failure": "error"}');
		EXCEPTION WHEN others THEN failures := failures + 1;
		END;
	END LOOP;
	RETURN failures;
END $$;
SELECT fail(300);
SELECT private_kb();
SELECT fail(3000);
SELECT private_kb();
SQL
is("$lines[0] $lines[2]", '300 3000', 'failures are caught');
note "private memory $lines[1] kB, then $lines[3] kB";
cmp_ok($lines[3] - $lines[1], '<', $slack_kb, 'memory is the same after 3000 caught failures');

#
# Many small solves in one statement
#
my $growth = 'min(kb) FILTER (WHERE g >= 50000) - min(kb) FILTER (WHERE g < 50000)';
my $small = <<"SQL";
SELECT count(*) FILTER (WHERE opt_status(sol) = 'optimal'), $growth FROM (
	SELECT opt_solve(opt_minimize(sum((opt_var('x', g % 10, lb => 0) - g % 3) ^ 2), sum(opt_var('x', g % 10, lb => 0)) >= 3)) AS sol,
		   g / 10 AS g, kb_at(g / 10) AS kb
	  FROM generate_series(1, 999999) g GROUP BY g / 10 OFFSET 0) s;
SQL
my $lateral = <<"SQL";
SELECT count(v.value) / 2, $growth FROM (SELECT g, kb_at(g) AS kb FROM generate_series(1, 100000) g OFFSET 0) s,
	LATERAL opt_variables(opt_solve(opt_problem('(x - 1)^2 + y^2 + ' || g, '{x + y >= 2}'))) v;
SQL
my $triplets = <<"SQL";
SELECT count(v.value), $growth FROM (SELECT g, kb_at(g) AS kb FROM generate_series(1, 100000) g OFFSET 0) s,
	LATERAL opt_qp(linear => format('SELECT 1 AS v, %s AS c', g), bounds => 'SELECT 1 AS v, 0 AS lower, 1 AS upper') v;
SQL
my $probe = <<'SQL';
CREATE FUNCTION kb_at(i int) RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN i % 5000 = 4999 THEN private_kb() END $$;
SQL
$node->safe_psql('postgres', $probe);
for my $case ([ 'GROUP BY', $small ], [ 'LATERAL', $lateral ], [ 'opt_qp', $triplets ])
{
	my ($name, $statement) = @$case;

	# Sorted groups and no compiled expressions: the server's own share is small.
	@lines = session($node,
		"SET enable_hashagg = off;\nSET max_parallel_workers_per_gather = 0;\nSET work_mem = '1MB';\nSET jit = off;\n$statement");
	my ($n, $grown) = split /\|/, $lines[0];
	note "$name: private memory grew by $grown kB over the second 50000 solves";
	is($n, 100_000, "$name: every solve has its answer");
	cmp_ok($grown, '<', $slack_kb, "$name: memory does not grow with the number of solves");
}

#
# Refused before it is taken
#
@lines = session($node, <<'SQL', expect_errors => 1);
CREATE TABLE large AS SELECT opt_minimize(
	(SELECT opt_quad('x', i, 1 + (i * (40503 + 977 * t) + t * t * i % 7919) % 20000, 0.01) FROM generate_series(1, 20000) i, generate_series(1, 6) t)
	+ (SELECT opt_quad('x', i, i, 10) FROM generate_series(1, 20000) i),
	(SELECT opt_all(opt_var('x', i) <= i) FROM generate_series(1, 20000) i)) AS problem;
SELECT length(opt_problem_send(problem)) > 0 FROM large;
SET constropt.max_memory = '100MB';
SELECT peak_kb() AS before \gset
SELECT opt_solve(problem, options => '{"on_failure": "error"}') FROM large \g /dev/null
SELECT :'SQLSTATE';
SELECT i.status, i.termination, i.memory_predicted > 1e9, i.memory_peak < 60e6 FROM large, opt_info(opt_solve(problem)) i;
SELECT peak_kb() - :before;
SQL
is($lines[1], '53400', 'a solve above constropt.max_memory is refused, as an error where that is wanted');
is($lines[2], 'failed|memory_limit|t|t', 'else the limit is its outcome, with the need that was predicted');
note "the peak rose by $lines[3] kB";
cmp_ok($lines[3], '<', 60 * 1024, 'its memory was not taken');

my ($rc, $out, $err) = $node->psql('postgres',
	q{SET constropt.max_memory = '100MB'; SELECT opt_solve(problem, options => '{"on_failure": "error"}') FROM large});
note $err;
like($err, qr/constropt\.max_memory/, 'the error names the setting');
like($err, qr/At least \d{7} kB are needed, the limit is 102400 kB/, 'and how much is needed');

server_log_is_quiet($node);
done_testing();
