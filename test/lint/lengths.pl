#!/usr/bin/perl
# Lengths of functions and files: a report, and the two hard limits.
#
# A function of the server's style begins with '{' and ends with '}', both alone
# at the left margin; its length is what stands between them.
use strict;
use warnings;

use constant { MAX_FUNCTION => 100, MAX_FILE => 1000 };

my (@functions, @files, $bad);

for my $file (@ARGV)
{
	open(my $in, '<', $file) or die "$file: $!\n";
	my ($name, $start) = ('?', undef);
	my $aggregate = 0;
	while (my $line = <$in>)
	{
		chomp $line;
		if ($line =~ /^\{\s*$/)
		{
			$start = $aggregate ? undef : $.;
		}
		elsif ($line =~ /^\}/)
		{
			if (defined $start && $line =~ /^\}\s*$/)
			{
				my $length = $. - $start - 1;
				push @functions, [ $length, "$file:$start", $name ];
				if ($length > MAX_FUNCTION)
				{
					print "$file:$start: $name has $length lines\n";
					$bad = 1;
				}
			}
			$start = undef;
			$aggregate = 0;
		}
		elsif (!defined $start && $line =~ /^(typedef\s+)?(struct|union|enum)\b[^;(]*$/)
		{
			$aggregate = 1;
		}
		elsif (!defined $start && $line =~ /^([A-Za-z_]\w*)\s*\(/)
		{
			$name = $1;
			$aggregate = 0;
		}
	}
	push @files, [ $., $file ];
	if ($. > MAX_FILE)
	{
		print "$file: $. lines\n";
		$bad = 1;
	}
	close($in);
}

sub quantile
{
	my ($share, @sorted) = @_;
	return @sorted ? $sorted[ int($share * $#sorted + 0.5) ]->[0] : 0;
}

@functions = sort { $a->[0] <=> $b->[0] } @functions;
@files = sort { $a->[0] <=> $b->[0] } @files;
printf "functions: %d, median %d, 90 %% <= %d, longest %d (%s %s)\n",
  scalar @functions, quantile(0.5, @functions), quantile(0.9, @functions),
  @functions ? @{ $functions[-1] }[ 0, 1, 2 ] : (0, '', '');
printf "files: %d, median %d, largest %d (%s)\n",
  scalar @files, quantile(0.5, @files), @files ? @{ $files[-1] } : (0, '');
exit($bad ? 1 : 0);
