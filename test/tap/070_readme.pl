# What README.md shows: each block of SQL runs, and prints the block behind it,
# numbers up to the accuracy that a solve promises.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use ConstroptTest;
use PostgreSQL::Test::Utils;
use Test::More;

# Without the widths of columns; digits beyond the eighth vary with the machine.
sub essence
{
	my $text = shift;

	return map {
		s/-{2,}/--/g;
		s/(?<![\w.])-?\d+\.?\d*(?:e[-+]?\d+)?(?![\w.])/sprintf('%.6f', $&) + 0.0/ge;
		join(' ', split)
	} grep { /\S/ } split /\n/, $text;
}

my $node = constropt_node('main', extension => 0);
my @blocks = slurp_file("$FindBin::RealBin/README.md") =~ /^```(\w*)\n(.*?)^```$/gms;
my $shown = 0;

while (my ($language, $text) = splice(@blocks, 0, 2))
{
	next if $language ne 'sql';
	next if $text =~ /\.\.\./;    # a sketch

	my $answer = @blocks && $blocks[0] eq '' ? $blocks[1] : '';
	my ($out, $err) = ('', '');
	$node->psql(
		'postgres', "\\pset footer off\n\\set QUIET on\n$text",
		stdout => \$out,
		stderr => \$err,
		extra_params => [ '--no-align', '--quiet', '--pset=format=aligned', '--pset=tuples_only=off' ]);
	my ($first) = $text =~ /\A\s*(.*)/;
	is($err, '', "runs: $first");
	is_deeply([ essence($out) ], [ essence($answer) ], "prints what is shown: $first") if $answer ne '';
	$shown++ if $answer ne '';
}
cmp_ok($shown, '>=', 5, 'README.md shows answers');
done_testing();
