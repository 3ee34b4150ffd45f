#!/usr/bin/perl
# The server's own C style, by the server's own formatter (pg_bsd_indent, from
# Debian's package pg-bsd-indent), called as pgindent calls it.
#
#	format.pl [FILE...]			rewrites the sources
#	format.pl --check [FILE...]	shows what it would change; fails if anything
#
# The formatter has to be told which words are types: ours are read off the
# sources, the server's stand in tools/typedefs.  It dates from before C99's
# compound literals and designated initializers, so those are hidden from it.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Find qw(find);
use File::Temp qw(tempdir);

my @options = qw(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1
  -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4);

chdir(dirname($0) . '/..') or die $!;
my $check = @ARGV && $ARGV[0] eq '--check' ? shift @ARGV : '';
my $scratch = tempdir(CLEANUP => 1);

sub slurp
{
	my $file = shift;
	open(my $in, '<', $file) or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

sub spill
{
	my ($file, $text) = @_;
	open(my $out, '>', $file) or die "$file: $!\n";
	print $out $text;
	close($out) or die "$file: $!\n";
}

my @sources;
find(
	{
		wanted => sub { push @sources, $_ if /\.[ch]$/ },
		no_chdir => 1
	},
	grep { -d } qw(src test/unit test/fuzz));
@sources = sort @sources;

# 'text' and the like are types in pg/ and ordinary names in the core.
my %own;
for my $source (map { slurp($_) } @sources)
{
	$own{$_} = 1
	  for grep { /^[A-Z]/ } $source =~ /^\}\s*(\w+);/gm,
	  $source =~ /^typedef\s+[^;{}()]*?\b(\w+)\s*;/gm,
	  $source =~ /^typedef\s+[^;{}]*?\(\s*\*\s*(\w+)\s*\)/gm,
	  $source =~ /^(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)/gm;
}
my @listed = grep { /^\w+$/ } split(/\n/, slurp('tools/typedefs'));
my @common = (sort(keys %own), grep { !/^[a-z]+$/ || /^(bool|double)$/ } @listed);
spill("$scratch/core", join("\n", @common) . "\n");
spill("$scratch/pg", join("\n", @common, @listed) . "\n");

sub hide
{
	my $text = shift;

	# Over several lines: left as they are, between marks.
	$text =~ s{^([^\n]*(?:\)|=|return|\() \{\n(?:[^\n]*\n)*?\t*\}[);,]*\n)}
		{ my $region = $1;
		  $region =~ /^\t*\./m ? "/* INDENT OFF */\n$region/* INDENT ON */\n" : $region }gme;

	# Nested on one line: left as it is.  Not nested: written as a call.
	$text =~ s|^([^\n]*\(\w+\) \{[^}\n]*\{[^\n]*\n)|/* INDENT OFF */\n$1/* INDENT ON */\n|gm;
	$text =~ s/(?<!\w)\(([A-Za-z]\w*)\) \{([^{}\n]*)\}/${1}__literal__($2)/g;
	return $text;
}

sub show
{
	my $text = shift;

	$text =~ s/(\w+)__literal__\(((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*)\)/($1) {$2}/g;
	$text =~ s/^\s*\/\* INDENT O(?:N|FF) \*\/\n//gm;
	$text =~ s/([{,])\.(\w+(?:\[\w+\])* = )/$1 eq '{' ? "{.$2" : ", .$2"/ge;

	# As pgindent: one blank before the star of a return type.
	$text =~ s/^([A-Za-z_]\w*(?: \w+)*)[ \t]+\*$/$1 */gm;
	return $text;
}

my $changed = 0;
for my $file (@ARGV ? @ARGV : @sources)
{
	my $types = $file =~ m{^src/pg/} ? 'pg' : 'core';
	my $before = slurp($file);

	spill("$scratch/in.c", hide($before));
	my $said = `cd $scratch && pg_bsd_indent in.c out.c @options -U$types 2>&1`;
	if ($? != 0 || $said ne '')
	{
		print "$file: left alone: ", $said || "no pg_bsd_indent (Debian's pg-bsd-indent)\n";
		exit 1 if $said eq '' || $said =~ /not found/;
		next;    # what it cannot read it cannot judge
	}
	my $after = show(slurp("$scratch/out.c"));
	next if $after eq $before;
	$changed++;
	if ($check)
	{
		spill("$scratch/out.c", $after);
		system('diff', '-u', '--label', $file, '--label', "$file, formatted", $file, "$scratch/out.c");
	}
	else
	{
		spill($file, $after);
		print "formatted $file\n";
	}
}
if ($check && $changed)
{
	print "$changed files differ: make format\n";
	exit 1;
}
