# Little address space: a clean error 53200, and the session goes on.
#
# The limit is set from outside on one backend at a time (prlimit), a little
# above what it has: at first not even the dense kernels can be loaded, whose
# library would else loop for ever (FAULTS of OpenBLAS: blas_memory_alloc).
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptModels;
use ConstroptTest;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'there is no prlimit' if system('prlimit --version >/dev/null 2>&1') != 0;
plan skip_all => 'there is no /proc/self/statm' unless -r '/proc/self/statm';

my $node = constropt_node('main', conf => "jit = off\n");
create_models($node);
create_probes($node);

my %statement = (
	dense => q{SELECT opt_status(opt_solve(problem)) FROM model WHERE kind = 'dense'},
	qp => q{SELECT opt_status(opt_solve(problem)) FROM model WHERE kind = 'qp'},
	build => q{SELECT opt_minimize(sum(a * opt_var('x', a) * opt_var('x', b))) IS NOT NULL FROM generate_series(1, 2000) a, generate_series(1, 2000) b},
	triplets => q{SELECT opt_minimize(opt_quad('x', a, b, a + b), sum(opt_var('x', a)) <= 1) IS NOT NULL FROM generate_series(1, 1500) a, generate_series(1, 1500) b},
	mps => q{SELECT opt_read_mps(mps) IS NOT NULL FROM text_model},
	read => q{SELECT count(*) > 0 FROM solved s, opt_variables(s.sol) v},
	text => q{SELECT length(problem::text::opt_problem::text) > 0 FROM model WHERE kind = 'lp'},
	queries => q{SELECT count(*) > 0 FROM opt_qp(quadratic => 'SELECT i, i AS j, 1 AS q FROM generate_series(1, 100000) i')},
);

my $refused = 0;
my $done = 0;
for my $kind (sort keys %statement)
{
	my @outcome;
	for my $mb (2, 16, 80, 200, 640)
	{
		# jit and the catalogs are there first: only ours is short of space.
		my @lines = session($node, <<"SQL", expect_errors => 1, timeout => 60);
\\set VERBOSITY verbose
$check_answer
SELECT pg_backend_pid() AS pid, space_bytes() + $mb * 1048576 AS space \\gset
\\set result `prlimit --pid :pid --as=:space:`
$statement{$kind}; \\g /dev/null
SELECT :'SQLSTATE';
$check_answer
\\set result `prlimit --pid :pid --as=unlimited:`
$check_answer
SQL
		my ($state) = grep { /^[0-9A-Z]{5}$/ } @lines;
		$state //= 'none';
		push @outcome, "$mb MB: $state";
		$refused++ if $state eq '53200';
		$done++ if $state eq '00000';
		fail("$kind, $mb MB: error 53200 or an answer, not $state; then right answers: @lines")
		  unless $state =~ /^(53200|00000)$/ && $lines[0] eq 't' && $lines[-1] eq 't';
	}
	note "$kind: ", join ', ', @outcome;
	pass("$kind: an answer or out of memory");
}
cmp_ok($refused, '>', 8, 'several were short of space');
cmp_ok($done, '>', 8, 'several were not');

# All a dense solve needs was missing at its first use, and is there at the next.
my @lines = session($node, <<"SQL", expect_errors => 1);
SELECT length(opt_problem_send(problem)) > 0 FROM model WHERE kind = 'dense';
SELECT pg_backend_pid() AS pid, space_bytes() + 100 * 1048576 AS space \\gset
\\set result `prlimit --pid :pid --as=:space:`
SELECT opt_status(opt_solve(problem)) FROM model WHERE kind = 'dense';
SELECT :'SQLSTATE';
\\set result `prlimit --pid :pid --as=unlimited:`
SELECT opt_status(opt_solve(problem)) FROM model WHERE kind = 'dense';
SQL
is("@lines", 't 53200 optimal', 'the dense kernels are loaded when there is space again');

is($node->safe_psql('postgres', $check_answer), 't', 'the server is well');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'nothing crashed');

done_testing();
