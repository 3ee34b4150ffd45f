# Cancelled at any moment, a statement ends in time and the session is well.
#
# 240 statements of assorted kinds are ended after 1 to 500 ms (large problems
# up to 2500 ms, so that every phase of a solve is met), half by
# statement_timeout and half by pg_cancel_backend from another session.  Every
# one would run longer.  Times are the server's: from the moment the timeout
# is due or the signal is sent to the first statement afterwards.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptModels;
use ConstroptTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $n_cases = $ENV{CO_CASES} // 240;
my $seed = $ENV{CO_SEED} // 20;

# The promise, for the median of all and of each kind.
my $limit_ms = 100;

# For the single worst one: a shared machine can take a process off its
# processor for some hundred milliseconds, four times the promise is beyond it.
my $worst_ms = 4 * $limit_ms;

# How long a kind may run before it is ended.
my $longest_ms = 500;
my %longest_ms = (network => 2500, factor => 1000, full => 2500, products => 1500);

my %statement = (
	dense => q{SELECT opt_solve(problem) FROM model, generate_series(1, 10) WHERE kind = 'dense'},
	lp => q{SELECT opt_solve(problem) FROM model, generate_series(1, 10) WHERE kind = 'lp'},
	qp => q{SELECT opt_solve(problem) FROM model, generate_series(1, 10) WHERE kind = 'qp'},
	fill => q{SELECT opt_solve(problem) FROM model, generate_series(1, 10) WHERE kind = 'fill'},
	network => q{SELECT opt_solve(problem) FROM model, generate_series(1, 10) WHERE kind = 'network'},
	factor => q{SELECT opt_solve(problem) FROM model, generate_series(1, 20) WHERE kind = 'factor'},
	full => q{SELECT opt_solve(problem) FROM model, generate_series(1, 10) WHERE kind = 'full'},
	products => q{SELECT opt_solve(opt_minimize(opt_quad('x', a, b, CASE WHEN a = b THEN 9000 ELSE (a * b) % 7 END),
		(SELECT sum(opt_var('x', i, lb => 0)) FROM generate_series(1, 1000) i) == 1))
		FROM generate_series(1, 10) g, generate_series(1, 1000) a, generate_series(1, 1000) b GROUP BY g},
	batch => q{SELECT opt_solve(opt_minimize(sum((opt_var('x', g % 10) - g % 3) ^ 2), sum(opt_var('x', g % 10)) >= 3)) FROM generate_series(1, 2000000) g GROUP BY g / 10},
	build => q{SELECT opt_minimize(sum(a * opt_var('x', a, lb => 0) * opt_var('x', b, lb => 0))) FROM generate_series(1, 3000) a, generate_series(1, 3000) b},
	triplets => q{SELECT opt_minimize(opt_quad('x', a, b, a + b)) FROM generate_series(1, 4000) a, generate_series(1, 4000) b},
	mps => q{SELECT opt_read_mps(mps) FROM text_model, generate_series(1, 20)},
	read => q{SELECT count(*) FROM generate_series(1, 100) g, solved s, opt_variables(s.sol) v, opt_constraints(s.sol) c WHERE v.value > 1e9 AND c.dual > g},
	value => q{SELECT opt_value(sol, e) FROM solved, generate_series(1, 100), (SELECT sum(opt_var('x', i) ^ 2) AS e FROM generate_series(1, 100000) i) e},
	text => q{SELECT length(problem::text::opt_problem::text) FROM model, generate_series(1, 20) WHERE kind = 'qp'},
	queries => q{SELECT count(*) FROM opt_qp(quadratic => 'SELECT i, j, 1 AS q FROM generate_series(1, 5000) i, generate_series(1, i) j')},
);

srand($seed);
note "seed $seed";
my @kinds = sort keys %statement;
my @cases = map {
	{ k => $_, kind => $kinds[ $_ % @kinds ], how => $_ / @kinds % 2 ? 'cancel' : 'timeout' }
} 1 .. $n_cases;
$_->{ms} = 1 + int rand($longest_ms{ $_->{kind} } // $longest_ms) for @cases;

my $node = constropt_node('main');
create_models($node);
create_large_models($node);
$node->safe_psql('postgres', q{
	CREATE TABLE plan (k int PRIMARY KEY, ms int);
	CREATE TABLE sent (k int PRIMARY KEY, at timestamptz);
	CREATE TABLE ended (k int PRIMARY KEY, due timestamptz, at timestamptz, state text)});
$node->safe_psql('postgres',
	'INSERT INTO plan VALUES ' . join ', ', map { "($_->{k}, $_->{ms})" } grep { $_->{how} eq 'cancel' } @cases);

# The other session: waits for each statement, then cancels it when it is due.
my $canceller = <<'SQL';
DO $$
DECLARE
	c record;
	target record;
BEGIN
	FOR c IN SELECT * FROM plan ORDER BY k LOOP
		LOOP
			PERFORM pg_stat_clear_snapshot();
			SELECT pid, query_start INTO target FROM pg_stat_activity
			 WHERE state = 'active' AND query LIKE '/* case ' || c.k || ' */%';
			EXIT WHEN FOUND OR EXISTS (SELECT FROM ended WHERE k = c.k);
			PERFORM pg_sleep(0.001);
		END LOOP;
		CONTINUE WHEN target IS NULL;
		PERFORM pg_sleep(extract(epoch FROM target.query_start - clock_timestamp()) + c.ms / 1000.0);
		INSERT INTO sent VALUES (c.k, clock_timestamp());
		PERFORM pg_cancel_backend(target.pid);
		COMMIT;
	END LOOP;
END $$;
SQL

my $script = '';
for my $c (@cases)
{
	$script .= "SELECT clock_timestamp() + interval '$c->{ms} ms' AS due \\gset\n";
	$script .= "SET statement_timeout = $c->{ms};\n" if $c->{how} eq 'timeout';
	$script .= "/* case $c->{k} */ $statement{$c->{kind}} \\g /dev/null\n\\set state :SQLSTATE\nRESET statement_timeout;\n";
	$script .= "SELECT clock_timestamp() AS at \\gset\n";
	# A signal that came too late ends the next statement instead.
	$script .= "\\if :ERROR\nSELECT clock_timestamp() AS at \\gset\n\\endif\n";
	$script .= "INSERT INTO ended VALUES ($c->{k}, :'due', :'at', :'state');\n";
	$script .= $check_answer;
}

my ($out, $err) = ('', '');
my $other = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SET statement_timeout = 600000', '-c', $canceller ],
	'>', \$out, '2>', \$err);
my @lines = session($node, "\\set VERBOSITY sqlstate\n$script", expect_errors => 1);
$other->finish;
is($err, '', 'the cancelling session had no error');

is(scalar(grep { $_ eq 't' } @lines), $n_cases, 'the next solve in the session is right, every time');
is($node->safe_psql('postgres', q{SELECT string_agg(k || ': ' || state, ', ') FROM ended WHERE state <> '57014'}),
	'', 'every statement ended with query_canceled');

my %latency;
my $result = $node->safe_psql('postgres', q{
	SELECT e.k, extract(epoch FROM e.at - coalesce(s.at, e.due)) * 1000
	  FROM ended e LEFT JOIN sent s USING (k) WHERE state = '57014'});
for (split /\n/, $result)
{
	my ($k, $ms) = split /\|/;
	push @{ $latency{ $cases[ $k - 1 ]{kind} } }, $ms;
	push @{ $latency{all} }, $ms;
}

for my $kind ('all', @kinds)
{
	my @ms = sort { $a <=> $b } @{ $latency{$kind} // [] };
	my ($median, $p90, $worst) = @ms ? ($ms[ $#ms / 2 ], $ms[ $#ms * 0.9 ], $ms[-1]) : (1e9, 1e9, 1e9);

	note sprintf '%-9s n %3d  median %6.1f ms  90 %% %6.1f ms  worst %6.1f ms', $kind, scalar @ms, $median, $p90, $worst;
	cmp_ok($median, '<', $limit_ms, "$kind: half of them within $limit_ms ms");
	cmp_ok($worst, '<', $worst_ms, "$kind: all within $worst_ms ms");
}
server_log_is_quiet($node);

done_testing();
