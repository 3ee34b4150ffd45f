# Solves write nothing: read-only transactions, a hot standby, parallel workers.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptModels;
use ConstroptTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = constropt_node('primary', init => [ allows_streaming => 1 ]);
create_models($primary);
$primary->safe_psql('postgres', <<'SQL');
CREATE TABLE cov AS SELECT f, i, j, CASE WHEN i = j THEN 2.0 + f % 7 ELSE 0.1 * ((i * j + f) % 5) END AS v
	FROM generate_series(1, 200) f, generate_series(1, 12) i, generate_series(1, 12) j;
ALTER TABLE cov SET (parallel_workers = 2);
CREATE VIEW model_of AS SELECT f, opt_minimize(sum(v * opt_var('w', i, lb => 0) * opt_var('w', j, lb => 0)),
	opt_con('budget', sum(opt_var('w', i, lb => 0)) == 12)) AS problem FROM cov GROUP BY f;
CREATE TABLE batch AS SELECT * FROM model_of;
ALTER TABLE batch SET (parallel_workers = 2);
SQL

# Every digit of every answer.
my $answers = <<'SQL';
SELECT md5(string_agg(concat_ws('|', f, key, value::text, reduced_cost::text), ',' ORDER BY f, key))
  FROM (SELECT f, opt_solve(problem) AS sol FROM batch OFFSET 0) s, opt_variables(sol)
SQL
my $built = <<'SQL';
SELECT md5(string_agg(concat_ws('|', f, name, key, round(value::numeric, 7), round(dual::numeric, 6)), ',' ORDER BY f, name, key))
  FROM (SELECT f, opt_solve(problem) AS sol FROM model_of OFFSET 0) s, opt_constraints(sol)
SQL
my $large = <<'SQL';
SELECT md5(string_agg(concat_ws('|', kind, name, key, value::text), ',' ORDER BY kind, name, key))
  FROM (SELECT kind, opt_solve(problem) AS sol FROM model WHERE kind IN ('dense', 'lp') OFFSET 0) s, opt_variables(sol)
SQL
my $expected = $primary->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $answers");
my $expected_built = $primary->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $built");
my $expected_large = $primary->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $large");
isnt($expected, '', 'there are answers');

is($primary->safe_psql('postgres', "BEGIN READ ONLY; $answers; COMMIT"), $expected, 'a read-only transaction solves');
is($primary->safe_psql('postgres', "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; $answers; COMMIT"), $expected, 'a serializable one too');
is($primary->safe_psql('postgres', "BEGIN READ ONLY; SELECT value FROM opt_qp(linear => 'SELECT 1 AS v, 1 AS c', bounds => 'SELECT 1 AS v, 3 AS lower, 5 AS upper'); COMMIT"),
	3, 'and opt_qp');
is($primary->safe_psql('postgres', 'SELECT pg_current_xact_id_if_assigned() IS NULL FROM (SELECT opt_solve(problem) FROM batch LIMIT 1) s'),
	't', 'a solve takes no transaction id');

#
# Parallel workers
#
my $setting = $primary->safe_psql('postgres',
	q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
my $parallel = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;";
like($primary->safe_psql('postgres', "$parallel EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT opt_solve(problem) FROM batch"),
	qr/Workers Launched: [12]/, 'the batch is solved by workers');
like($primary->safe_psql('postgres', "$parallel SET enable_sort = off; EXPLAIN SELECT f, problem FROM model_of"),
	qr/Partial/, 'models are built by workers');
is($primary->safe_psql('postgres', "$parallel $answers"), $expected, 'workers give the same digits');
is($primary->safe_psql('postgres', "$parallel $built"), $expected_built, 'models built by workers have the same solutions');
is($primary->safe_psql('postgres', "SET $setting = regress; $answers"), $expected, "$setting = regress: the same digits");
is($primary->safe_psql('postgres', "SET $setting = on; $large"), $expected_large, "$setting = on: the same digits of large models");

# A worker's error is the user's, and a cancel reaches the workers.
my ($rc, $out, $err) = $primary->psql('postgres', "$parallel SELECT opt_solve(problem, options => '{\"tolerence\": 1}') FROM batch");
like($err, qr/unknown option "tolerence"/, 'a worker reports misuse');
my @lines = session($primary, <<"SQL", expect_errors => 1);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE TABLE slow AS SELECT problem FROM model, generate_series(1, 20) WHERE kind = 'dense';
ALTER TABLE slow SET (parallel_workers = 2);
SET statement_timeout = 300;
SELECT clock_timestamp() AS begun \\gset
SELECT count(s) FROM (SELECT opt_solve(problem) AS s FROM slow OFFSET 0) x \\g /dev/null
SELECT :'SQLSTATE';
RESET statement_timeout;
SELECT clock_timestamp() - :'begun' < interval '1 s';
SELECT pg_sleep(0.2) \\g /dev/null
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker';
DROP TABLE slow;
SQL
is("@lines", '57014 t 0', 'a timeout ends the workers too');

#
# Hot standby
#
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
is($standby->safe_psql('postgres', $answers), $expected, 'the standby gives the same digits');
is($standby->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $large"), $expected_large, 'of large models too');
is($standby->safe_psql('postgres', $built), $expected_built, 'the standby builds models');
is($standby->safe_psql('postgres', "SELECT value FROM opt_qp(linear => 'SELECT 1 AS v, 1 AS c', bounds => 'SELECT 1 AS v, 3 AS lower, 5 AS upper')"),
	3, 'and answers opt_qp');
server_log_is_quiet($standby);
server_log_is_quiet($primary);

done_testing();
