# A solving backend as a process of its cluster: threads, signals, the
# processor's floating-point mode, termination, shutdown, other databases.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptModels;
use ConstroptTest;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

# What ends or waits for a solve may take this long: several times the 100 ms
# between two polls, and far from the length of the solve.
my $prompt_s = 1.0;

my $node = constropt_node('main');
create_models($node);

# A solve that runs for many seconds, in a session of its own.
sub start_solve
{
	my ($application) = @_;
	my $run = { out => '', err => '' };

	$run->{handle} = IPC::Run::start(
		[
			'psql', '-XAtq', '-d', $node->connstr('postgres') . " application_name=$application",
			'-c', q{SELECT opt_solve(problem) FROM model, generate_series(1, 1000) WHERE kind = 'dense'}
		],
		'>', \$run->{out}, '2>', \$run->{err});
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$application' AND state = 'active'"
		  . " AND clock_timestamp() > query_start + interval '300 ms'")
	  or die 'the solve does not start';
	return $run;
}

sub pid_of
{
	my ($application) = @_;
	return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE application_name = '$application'");
}

#
# The process before and after it has loaded the dense kernels
#
SKIP:
{
	skip 'there is no /proc/self/status', 3 unless -r '/proc/self/status';
	create_probes($node);
	my @lines = session($node, <<'SQL');
SELECT n_threads(), signals();
SELECT count(opt_solve(problem)) FROM model WHERE kind = 'dense';
SELECT n_threads(), signals();
SELECT pg_read_file('/proc/self/maps') LIKE '%openblas%';
SQL
	is($lines[0], $lines[2], 'threads and handled signals are the same after a dense solve');
	like($lines[2], qr/^1\|/, 'one thread');
	is($lines[3], 't', 'the dense kernels were loaded');
}

# 2^-53 is half a unit in the last place of 1: each rounding mode treats these
# four sums differently.  The last two see flush-to-zero and denormals-are-zero;
# the overflow is the server's own error, not a trap.
my $mode = <<'SQL';
SELECT 1 + h = 1, 1 + 1.5 * h > 1, -1 - h = -1, -1 - 1.5 * h < -1, 1e-310::float8 / 2 > 0, 1e-310::float8 * 1e10 > 1e-301
  FROM (SELECT 1.1102230246251565e-16::float8 AS h) t;
SELECT 1e308::float8 * 1e308 \g /dev/null
SELECT :'SQLSTATE';
SQL
my @lines = session($node, <<"SQL", expect_errors => 1);
$mode
SELECT opt_status(opt_solve(problem)) FROM model ORDER BY kind;
$mode
SET statement_timeout = 100;
SELECT opt_solve(problem) FROM model WHERE kind = 'qp' \\g /dev/null
RESET statement_timeout;
SELECT opt_solve(opt_problem('1e308*x + 1e308*y', '{x + y <= 1e-308}'), options => '{"on_failure": "error"}') \\g /dev/null
$mode
SQL
is_deeply(
	\@lines,
	[ 't|t|t|t|t|t', '22003', ('optimal') x 4, 't|t|t|t|t|t', '22003', 't|t|t|t|t|t', '22003' ],
	'the floating-point mode is the same before, after solves and after errors');

#
# Ending one backend
#
my $run = start_solve('doomed');
my $pid = pid_of('doomed');
my $begun = time;
is($node->safe_psql('postgres', "SELECT pg_terminate_backend($pid, 10000)"), 't', 'pg_terminate_backend ends a solve');
my $took = time - $begun;
note sprintf 'pg_terminate_backend took %.0f ms', 1000 * $took;
cmp_ok($took, '<', $prompt_s, 'promptly');
$run->{handle}->finish;
like($run->{err}, qr/terminating connection due to administrator command/, 'and says so');

#
# Its client is gone
#
$run = start_solve('orphan');
$pid = pid_of('orphan');
$node->safe_psql('postgres', q{ALTER SYSTEM SET client_connection_check_interval = '100ms'});
$run->{handle}->kill_kill;
$node->reload;
SKIP:
{
	# The setting is read when a statement begins; a new one has it.
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid, 10000)");
	$run = start_solve('orphan2');
	$pid = pid_of('orphan2');
	$begun = time;
	$run->{handle}->signal('KILL');
	$node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)")
	  or die 'the backend stays';
	$took = time - $begun;
	note sprintf 'noticed after %.0f ms', 1000 * $took;
	cmp_ok($took, '<', 2 * $prompt_s, 'client_connection_check_interval ends a solve whose client is gone');
	eval { $run->{handle}->finish };
}
$node->safe_psql('postgres', q{ALTER SYSTEM RESET client_connection_check_interval});
$node->reload;

#
# Other databases: DROP DATABASE waits until every backend has seen its barrier
#
$run = start_solve('busy');
for my $name ('other1', 'other2', 'other3')
{
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$begun = time;
	$node->safe_psql('postgres', "DROP DATABASE $name");
	$took = time - $begun;
	note sprintf 'DROP DATABASE took %.0f ms during a dense solve', 1000 * $took;
	cmp_ok($took, '<', $prompt_s, 'DROP DATABASE of another database is not blocked');
}
is($node->safe_psql('postgres', q{SELECT state FROM pg_stat_activity WHERE application_name = 'busy'}),
	'active', 'the solve is still running');

#
# A solve does not hold up a fast shutdown, and the answer afterwards is right
#
$begun = time;
$node->stop('fast');
$took = time - $begun;
note sprintf 'fast shutdown took %.0f ms', 1000 * $took;
cmp_ok($took, '<', 4 * $prompt_s, 'fast shutdown during a solve');
$run->{handle}->finish;
$node->start;
is($node->safe_psql('postgres', $check_answer), 't', 'after the restart solves are right');
server_log_is_quiet($node);

done_testing();
