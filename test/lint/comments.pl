#!/usr/bin/perl
# Every object that src/sql creates has a COMMENT ON, and every comment an object.
#
# Objects are told apart as the server does: functions by name and argument
# types, operators by name and both types.
use strict;
use warnings;

my (%created, %commented);

sub words
{
	my $text = lc shift;
	$text =~ s/\s+/ /g;
	$text =~ s/^ | $//g;
	return $text;
}

# 'a int, VARIADIC b text[] DEFAULT x' as COMMENT ON wants it: types alone.
my $types = qr/(?:double precision|character varying|timestamp with(?:out)? time zone|[\w."]+)(?:\s*\[\s*\])?/i;

sub signature
{
	my $list = words(shift);
	$list =~ s/\b(?:default|:=).*?(?=,(?![^()]*\))|$)//g;
	$list =~ s/ = .*?(?=,(?![^()]*\))|$)//g;
	my @kept;
	for my $argument (split(/\s*(?:,| order by )\s*/, $list))
	{
		$argument =~ s/^ +| +$//g;
		next if $argument eq '' || $argument =~ /^out /;
		$argument =~ s/^(?:in|inout|variadic) //;
		push @kept, $argument =~ /^(?:\w+ )?($types)$/ ? $1 : $argument;
	}
	return join(',', map { s/\s+//gr } @kept);
}

for my $file (@ARGV)
{
	open(my $in, '<', $file) or die "$file: $!\n";
	my $text = join('', <$in>);
	close($in);
	$text =~ s/--[^\n]*//g;
	$text =~ s/\/\*.*?\*\///gs;
	my $quoted = qr/'(?:[^']|'')*'/;
	$text =~ s/\$(\w*)\$.*?\$\1\$/''/gs;

	# Function bodies of the SQL standard's form are no statements of ours.
	$text =~ s/\bBEGIN\s+ATOMIC\b.*?\bEND\s*;/;/gsi;

	while ($text =~ /((?:[^;']|$quoted)+);/g)
	{
		my $statement = $1;
		$statement =~ s/$quoted/''/g;
		my ($set, $body);
		if ($statement =~ /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(.*)/si)
		{
			($set, $body) = (\%created, $1);
		}
		elsif ($statement =~ /^\s*COMMENT\s+ON\s+(.*?)\s+IS\s/si)
		{
			($set, $body) = (\%commented, $1);
		}
		else { next; }

		if ($body =~ /^(FUNCTION|PROCEDURE|AGGREGATE)\s+([\w.]+)\s*\(((?:[^()]|\([^()]*\))*)\)/si)
		{
			$set->{ lc($1) . ' ' . lc($2) . '(' . signature($3) . ')' } = $file;
		}
		elsif ($body =~ /^TYPE\s+([\w.]+)\s*;?\s*$/si && $set == \%created)
		{
			next;    # a shell; the definition follows
		}
		elsif ($body =~ /^OPERATOR\s+(CLASS|FAMILY)\s+([\w.]+)(?:.*?\bUSING\s+(\w+))?/si)
		{
			$set->{ lc("operator $1 $2 ") . lc($3 // '') } = $file;
		}
		elsif ($body =~ /^OPERATOR\s+([^\s(\w]+)\s*\((.*)\)/si)
		{
			my ($name, $list) = ($1, words($2));
			if ($set == \%created)
			{
				my ($left) = $list =~ /\bleftarg = ([\w.]+(?: precision)?)/;
				my ($right) = $list =~ /\brightarg = ([\w.]+(?: precision)?)/;
				$list = join(', ', $left // 'none', $right // 'none');
			}
			$list =~ s/double precision/float8/g;
			$set->{"operator $name ($list)"} = $file;
		}
		elsif ($body =~ /^CAST\s*\((.*?)\)/si)
		{
			my $cast = words($1);
			$set->{"cast ($cast)"} = $file;
		}
		elsif ($body =~ /^(?:UNLOGGED\s+)?(TYPE|DOMAIN|VIEW|TABLE|SCHEMA|SEQUENCE)\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.]+)/si)
		{
			$set->{ lc("$1 $2") } = $file;
		}
	}
}

# The server knows the type by both names.
for my $set (\%created, \%commented)
{
	for my $key (keys %$set)
	{
		(my $plain = $key) =~ s/double ?precision/float8/g;
		$set->{$plain} = delete $set->{$key};
	}
}

my $bad = 0;
for my $object (sort keys %created)
{
	next if exists $commented{$object};
	print "$created{$object}: no COMMENT ON $object\n";
	$bad = 1;
}
for my $object (sort keys %commented)
{
	next if exists $created{$object} || $object =~ /^extension/;
	print "$commented{$object}: COMMENT ON $object, which nothing creates\n";
	$bad = 1;
}
printf "objects: %d, with a comment: %d\n", scalar keys %created,
  scalar grep { exists $commented{$_} } keys %created;
exit $bad;
