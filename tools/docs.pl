#!/usr/bin/perl
# The tables of README.md that are made from the sources: what a function, an
# option or a status is, is said once, in src/sql and the .def files.
#
#	docs.pl				writes them anew, between their markers
#	docs.pl --check		fails, and shows the difference, when they differ
#
# A marker is '<!-- generated: WHAT -->' and ends at '<!-- end -->'.  WHAT is
# statuses, terminations, options, functions, or 'sql FILE', the functions and
# aggregates that src/sql/FILE makes for users.
use strict;
use warnings;

use File::Basename qw(dirname);

chdir(dirname($0) . '/..') or die $!;
my $check = @ARGV && $ARGV[0] eq '--check';
my $readme = 'README.md';

sub slurp
{
	my $file = shift;
	open(my $in, '<', $file) or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

# The lines 'MACRO(a, b, "text")' of a .def file, arguments taken apart.
sub def_lines
{
	my ($file, $macro) = @_;
	my $text = slurp($file);
	$text =~ s/\/\*.*?\*\///gs;
	my @lines;
	while ($text =~ /^($macro)\((.*?)\)$/msg)
	{
		my ($word, $list) = ($1, $2);
		push @lines, [$word, map { s/^\s+|\s+$//gr } $list =~ /\s*("[^"]*"|[^,]+)/g];
	}
	die "$file has no $macro\n" unless @lines;
	return @lines;
}

sub unquoted
{
	return shift =~ s/^"|"$//gr;
}

sub table
{
	my ($head, @rows) = @_;
	my $columns = () = $head =~ /\|/g;
	return join("\n", $head, '|' . '---|' x ($columns - 1), @rows) . "\n";
}

sub words
{
	my $macro = shift;
	return table('| word | meaning |',
		map { '| `' . unquoted($_->[2]) . '` | ' . unquoted($_->[3]) . ' |' }
		  def_lines('src/base/status.def', $macro));
}

sub options
{
	my @rows;
	for my $line (def_lines('src/solver/options.def', 'CO_OPTION_\w+'))
	{
		my ($macro, $name, $default, @rest) = @$line;
		my $meaning = unquoted(pop @rest);
		my ($type) = $macro =~ /_(\w+)$/;
		my %word = (OPTION_REAL => 'number', OPTION_INT => 'integer', OPTION_BOOL => 'boolean');
		push @rows, "| `$name` | $word{$type} | $default | "
		  . (@rest ? "$rest[0] to $rest[1]" : 'true, false') . " | $meaning |";
	}
	return table('| option | type | default | range | meaning |', @rows);
}

sub functions
{
	my @word = map { '`' . unquoted($_->[2]) . '`' } def_lines('src/expr/ops.def', 'CO_FUNCTION[12]');
	my ($text, $line) = ('', '');
	for my $word (@word)
	{
		$line .= ' ' if $line ne '';
		$line .= $word;
		next if length($line) < 110;
		$text .= "$line\n";
		$line = '';
	}
	return $text . ($line ne '' ? "$line\n" : '');
}

# What only the server calls: of a type, an operator, an aggregate, a cast.
my $inner = qr/^(?:implementation|transition|combine function|state|result|text (?:in|out)put|binary (?:in|out)put|hash)\b/;

sub sql
{
	my $file = shift;
	my $text = slurp("src/sql/$file");
	my ($quoted, @rows, %made) = (qr/'(?:[^']|'')*'/);
	$text =~ s/^--.*\n//mg;
	while ($text =~ /((?:[^;']|$quoted)+);/g)
	{
		my $statement = $1 =~ s/\s+/ /gr =~ s/^ //r;
		if ($statement =~ /^CREATE FUNCTION (\w+) ?\((.*?)\) RETURNS (.*?) AS '/)
		{
			my ($name, $list, $result) = ($1, $2, $3);
			$list =~ s/^ | $//g;
			$result =~ s/^TABLE \( ?(.*?) ?\)$/"rows of " . join(', ', map { s!^ ?(\w+) .*!$1!r } split(m{, ?}, $1))/e;
			my $types = types($list);
			$list =~ s/NULL::opt_expr/none/;
			$made{"FUNCTION $name"}{$types} = "`$name($list)` | $result";
		}
		elsif ($statement =~ /^CREATE AGGREGATE (\w+) ?\((.*?)\) \(.*/)
		{
			my ($name, $list) = ($1, $2);
			my $result = $statement =~ /FINALFUNC = opt_(?:all|rows)_/ ? 'opt_constraint' : 'opt_expr';
			$made{"AGGREGATE $name"}{ types($list) } = "`$name($list)` | $result";
		}
		elsif ($statement =~ /^COMMENT ON (FUNCTION|AGGREGATE) (\w+) ?\((.*?)\) IS '(.*)'$/s)
		{
			my ($kind, $name, $list, $comment) = ($1, $2, $3, $4);
			my $types = types($list);
			$comment =~ s/''/'/g;
			next if $comment =~ $inner;
			my $row = $made{"$kind $name"}{$types} // die "$file: comment on $name($types) without $kind\n";
			push @rows, "| $row | $comment |";
		}
	}
	die "src/sql/$file makes nothing for users\n" unless @rows;
	return table('| function | gives | |', @rows);
}

# Argument types alone, as COMMENT ON has them.
sub types
{
	my $list = shift;
	return join(',', map { s/ DEFAULT .*//r =~ s/^ ?(?:VARIADIC )?(?:\w+ )?(?=["\w\[\]]+ ?$)//r =~ s/ //gr } split(/,/, $list));
}

my %make = (
	statuses => sub { words('CO_STATUS') },
	terminations => sub { words('CO_TERMINATION') },
	options => \&options,
	functions => \&functions);

sub make_table
{
	my ($what, $file) = @_;
	return sql($file) if $what eq 'sql';
	return ($make{$what} // die "$readme: no table '$what'\n")->();
}

my $old = slurp($readme);
my $blocks = 0;
my $new = $old =~ s{(<!-- generated: (\w+)(?: ([\w.-]+))? -->\n).*?(<!-- end -->)}
	{ $blocks++; my ($begin, $end) = ($1, $4); "$begin\n" . make_table($2, $3) . "\n$end" }gesr;
die "$readme has no generated tables\n" unless $blocks;

if (!$check)
{
	open(my $out, '>', $readme) or die "$readme: $!\n";
	print $out $new;
	close($out) or die "$readme: $!\n";
	exit 0;
}
if ($new ne $old)
{
	my @a = split(/\n/, $old);
	my @b = split(/\n/, $new);
	my %have = map { $_ => 1 } @a;
	my %want = map { $_ => 1 } @b;
	print "$readme differs from the sources; run make docs\n";
	print "- $_\n" for grep { !$want{$_} } @a;
	print "+ $_\n" for grep { !$have{$_} } @b;
	exit 1;
}
print "$blocks tables of $readme are as the sources say\n";
