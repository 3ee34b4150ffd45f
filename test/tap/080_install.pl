# The extension's life in a database: installed by a user without rights, under
# names and beside objects chosen to be in the way, moved, restored, dropped.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = constropt_node('main', extension => 0);
my $dir = PostgreSQL::Test::Utils::tempdir;
my $schema = q{"odd ""sch$ema's"};
my $joe = $node->connstr('theirs') . ' user=joe';

$node->safe_psql('postgres', 'CREATE ROLE joe LOGIN; CREATE DATABASE theirs OWNER joe');

sub as_joe
{
	return $node->safe_psql('theirs', shift, extra_params => [ '-U', 'joe' ]);
}

# What SQL and errors joe gets from it.
sub error_of
{
	my ($status, $out, $err) = $node->psql('theirs', shift, extra_params => [ '-U', 'joe' ]);

	return $status ? $err : "no error: $out";
}

#
# Trusted: the owner of a database may, in a schema of any name.
#
as_joe("CREATE SCHEMA $schema; CREATE EXTENSION constropt SCHEMA $schema");
is(as_joe(q{SELECT extowner::regrole FROM pg_extension WHERE extname = 'constropt'}), 'joe', 'a user without rights installs it');
is(as_joe("SET search_path = $schema; SELECT opt_value(opt_solve(opt_minimize('x', 'x >= 3')), opt_var('x'))"),
	'3', 'and solves');
like(error_of("CREATE EXTENSION constropt"), qr/already exists/, 'once');
like(error_of("SELECT $schema.opt_var('x'); SET constropt.max_memory = '1TB'"), qr/permission denied/, 'the limits are not theirs');

#
# Nothing is found by chance: other operators and functions of the same names
# stand in front.
#
as_joe(<<'SQL');
CREATE FUNCTION public.trap(numeric, numeric) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE FUNCTION public.trap(float8, float8) RETURNS float8 LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE FUNCTION public.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE FUNCTION public.int4(numeric) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE OPERATOR public.= (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = public.trap);
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.trap);
CREATE OPERATOR public.* (LEFTARG = float8, RIGHTARG = float8, FUNCTION = public.trap);
CREATE OPERATOR public.+ (LEFTARG = float8, RIGHTARG = float8, FUNCTION = public.trap);
SQL
is(as_joe(<<"SQL"), "4|optimal\na|1|1\nb|2|2", 'nor is anything trapped');
SET search_path = public, pg_catalog, $schema;
CREATE TABLE stock (id text, cost float8, amount numeric);
INSERT INTO stock VALUES ('a', 1, 1), ('b', 1.5, 2);
CREATE VIEW model AS SELECT opt_minimize(sum(cost * opt_var('x', id, lb => 0)), opt_all(opt_con('need', id, opt_var('x', id, lb => 0) >= amount))) AS p FROM stock;
SELECT objective, status FROM model, opt_info(opt_solve(p));
SELECT key, value, lower FROM model, opt_constraints(opt_solve(p)) ORDER BY key COLLATE "C";
SQL

#
# Dumped and restored by its owner, views and all, without a superuser.
#
$node->command_ok([ 'pg_dump', '-f', "$dir/dump", '-d', $joe ], 'the owner dumps it');
$node->safe_psql('postgres', 'CREATE DATABASE theirs_again OWNER joe; ALTER SCHEMA public OWNER TO joe');
$node->safe_psql('theirs_again', 'ALTER SCHEMA public OWNER TO joe');
$node->command_ok(
	[ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('theirs_again') . ' user=joe', '-f', "$dir/dump" ],
	'and restores it');
is($node->safe_psql('theirs_again', "SELECT $schema.opt_status($schema.opt_solve(p)) FROM model"), 'optimal', 'the view solves');

#
# Versions
#
my $version = q{SELECT extversion FROM pg_extension WHERE extname = 'constropt'};
my $installed = as_joe($version);
like($installed, qr/^\d+\.\d+\.\d+$/, 'a version');
is(as_joe("ALTER EXTENSION constropt UPDATE; $version"), $installed, 'an update where there is none');
like(error_of("ALTER EXTENSION constropt UPDATE TO '999'"), qr/no update path/, 'an update to nowhere');

#
# Dropped: not while it is used, then without a trace.
#
like(error_of('DROP EXTENSION constropt'), qr/view model depends on/, 'not while a view needs it');
as_joe('DROP EXTENSION constropt CASCADE');
is(as_joe(<<'SQL'), '0', 'nothing is left');
SELECT (SELECT count(*) FROM pg_proc WHERE probin LIKE '%constropt%') + (SELECT count(*) FROM pg_type WHERE typname ~ '^_?opt_')
	+ (SELECT count(*) FROM pg_operator o WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = o.oprcode))
	+ (SELECT count(*) FROM pg_cast c WHERE NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = c.casttarget))
	+ (SELECT count(*) FROM pg_class WHERE relname = 'model')
SQL
is(as_joe("CREATE EXTENSION constropt SCHEMA public; SELECT opt_status(opt_solve(opt_minimize('x', 'x >= 3'))); DROP EXTENSION constropt; CREATE EXTENSION constropt SCHEMA $schema; SELECT $schema.opt_status($schema.opt_solve($schema.opt_minimize('x', 'x >= 3')))"),
	"optimal\noptimal", 'there again, elsewhere, in one session');
$node->safe_psql('theirs', 'DROP OWNED BY joe');
is($node->safe_psql('theirs', q{SELECT count(*) FROM pg_extension WHERE extname = 'constropt'}), '0', 'and with its owner');

#
# Encodings: names are bytes of the database's.
#
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $database = lc($encoding);

	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	is($node->safe_psql($database, <<'SQL'), 't|2', "a database in $encoding");
CREATE EXTENSION constropt;
SELECT opt_expr_out(opt_var(chr(228))) IS NOT NULL, opt_value(opt_solve(opt_minimize(opt_var(chr(228), lb => 2))), opt_var(chr(228), lb => 2));
SQL
}

done_testing();
