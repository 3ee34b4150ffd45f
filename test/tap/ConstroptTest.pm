# Servers for the TAP tests: a cluster that finds the staged extension.
#
#	use ConstroptTest;
#	my $node = constropt_node('main', conf => "max_connections = 20\n");
#
# Under 'make test' CONSTROPT_CONF names the settings that point at the staged
# copy; under 'make installcheck' it is not set and the installed one is used.
package ConstroptTest;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(constropt_node constropt_configure);

# Settings only, for a node that was initialized otherwise (a standby).
sub constropt_configure
{
	my ($node, %options) = @_;

	if ($ENV{CONSTROPT_CONF})
	{
		$node->append_conf('postgresql.conf', slurp_file($ENV{CONSTROPT_CONF}));
	}
	$node->append_conf('postgresql.conf', $options{conf}) if $options{conf};
	return $node;
}

# A running server with the extension in its database postgres.  Options:
# conf => text, init => [arguments of init], extension => 0 to leave it out.
sub constropt_node
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(@{ $options{init} // [] });
	constropt_configure($node, %options);
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION constropt')
	  if $options{extension} // 1;
	return $node;
}

1;
