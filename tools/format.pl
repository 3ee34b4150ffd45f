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
# On its own in Debian 12, with the server's programs later.
my ($indent) = grep { $_ && -x } $ENV{PG_BSD_INDENT},
  map({ "$_/pg_bsd_indent" } split(/:/, $ENV{PATH})),
  reverse(sort(glob('/usr/lib/postgresql/*/bin/pg_bsd_indent')));
die "there is no pg_bsd_indent (Debian's pg-bsd-indent, or the server's package)\n" if !$indent;

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
my (%own, $pg_names);
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
$pg_names = join('|', grep { /^[a-z]+$/ && !/^(bool|double)$/ } @listed);
spill("$scratch/core", join("\n", @common) . "\n");
spill("$scratch/pg", join("\n", @common, @listed) . "\n");

# What the formatter would misread is replaced by a word of the same length,
# so that whatever is aligned to it stays aligned, and put back afterwards.
my @hidden;

sub word_for
{
	my ($original, $length) = @_;
	my $word = sprintf('QZ%s', scalar @hidden);

	push @hidden, $original;
	$word .= 'Z' while length($word) < $length - 1;
	return "${word}_";
}

sub hidden_word
{
	my $original = shift;
	my ($first) = $original =~ /\A([^\n]*)/;

	return $original if length($first) < 6;
	return word_for($original, length($first));
}

sub disguise
{
	my $name = shift;
	return substr($name, 0, -1) . uc(substr($name, -1));
}

my $string = qr/"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'/;
my $comment = qr{/\*.*?\*/}s;
my $braced = qr/(?<braced>\{(?:[^{}"';]++|$string|(?&braced))*+\})/;

sub hide
{
	my ($text, $is_pg) = @_;

	@hidden = ();
	$text =~ s{($comment|$string)
		|(?<![\w)])(?<!if\ )(?<!for\ )(?<!while\ )(?<!switch\ )	# a compound literal
			(\((?:const\ |struct\ )?[A-Za-z]\w*(?:\ \*+)?(?:\[\w*\])?\)\ $braced)
		|\b(0[xX][0-9a-fA-F.]+[pP][+-]?\d+[fFlL]?)\b			# a hexadecimal float
		|(?<=\benum\ )(\{[^{}\n]*\})							# an enum without a name
		|\b(pg_attribute_noreturn\(\)\ void)\b
		|\b(global)\b											# was a word of C dialects
		}{ $1 // hidden_word($2 // $4 // $5 // $6 // $7) }gsxe;

	# A short comment behind code is not broken.
	$text =~ s{(?<=\S)(\s+)(/\*\ (?!INDENT)[^\n]{5,60}\ \*/)$}{ "$1/* " . word_for($2, 4) . " */" }gmex;

	# Initializers of members over several lines: left as they are, between marks.
	$text =~ s{^([^\n]*(?:\)|=|return|\() \{\n(?:[^\n]*\n)*?\t*\}[);,]*\n)}
		{ my $region = $1;
		  $region =~ /^\t*\./m ? "/* INDENT OFF */\n$region/* INDENT ON */\n" : $region }gme;

	# A variable may have a type's name.
	$text =~ s/(?<![\w"])($pg_names)\b(?! \*+[\w)]| \*+$)/disguise($1)/gme if $is_pg;
	return $text;
}

sub show
{
	my ($text, $is_pg) = @_;

	$text =~ s/\b(@{[ disguise($_) ]})\b/$_/g for $is_pg ? split(/\|/, $pg_names) : ();
	$text =~ s/^\s*\/\* INDENT O(?:N|FF) \*\/\n//gm;
	$text =~ s/([{,])\.(\w+(?:\[\w+\])* = )/$1 eq '{' ? "{.$2" : ", .$2"/ge;
	$text = indent_initializers($text);
	$text =~ s{/\* QZ(\d+)Z*_ \*/}{$hidden[$1]}g;
	$text =~ s/\bQZ(\d+)Z*_/$hidden[$1]/g;

	# As pgindent: one blank before the star of a return type.
	$text =~ s/^([A-Za-z_]\w*(?: \w+)*)[ \t]+\*$/$1 */gm;
	return $text;
}

# Versions before 2.1.2 leave what continues an initializer at the margin of
# its declaration; later ones put it one stop further, and so do we.
sub indent_initializers
{
	my @lines = split(/^/, shift);
	my ($margin, @open);    # of the declaration; for each open parenthesis: was its line moved?

	for my $i (0 .. $#lines)
	{
		(my $code = $lines[$i]) =~ s{$string}{""}g;
		$code =~ s{\s*/\*.*?(?:\*/|$)}{}g;
		my ($indent) = $lines[$i] =~ /^(\t*)/;
		my $moved = 0;

		if (defined $margin)
		{
			$moved = @open ? $open[-1] : $lines[$i] =~ /^$margin\S/;
			$lines[$i] = "\t$lines[$i]" if $moved;
		}
		elsif ($code =~ /^\t+(?!return\b|case\b)(?:[A-Za-z_]\w*[ \t*]+)+\w+(?:\[.*\])?(?: = .*)?[-+*\/|&?:<>=,("]$/)
		{
			$margin = $indent;
			@open = ();
		}
		next unless defined $margin;
		for my $c ($code =~ /[(){}]/g)
		{
			if ($c =~ /[({]/) { push @open, $c eq '(' && $moved }
			else { pop @open }
		}
		$margin = undef if $code =~ /;\s*$|^\s*[{}]?\s*$/;
	}
	return join('', @lines);
}

my ($changed, $failed) = (0, 0);
for my $file (@ARGV ? @ARGV : @sources)
{
	my $is_pg = $file =~ m{^src/pg/};
	my $types = $is_pg ? 'pg' : 'core';
	my $before = slurp($file);

	spill("$scratch/in.c", hide($before, $is_pg));
	my $said = `cd $scratch && $indent in.c out.c @options -U$types 2>&1`;
	if ($? != 0 || $said ne '')
	{
		print "$file: left alone: ", $said || "$indent failed\n";
		$failed = 1;
		next;
	}
	my $after = show(slurp("$scratch/out.c"), $is_pg);
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
exit $failed;
