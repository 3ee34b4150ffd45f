#!/usr/bin/perl
# Line and branch coverage of the core, one row per source file.
#
#	cover.pl OBJECT_DIR
#
# OBJECT_DIR holds what gcc --coverage left: one .gcno for each object, and a
# .gcda once a test has run it.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Find qw(find);
use File::Temp qw(tempdir);

my $objects = abs_path(shift // die "usage: cover.pl OBJECT_DIR\n");
my $scratch = tempdir(CLEANUP => 1);
my (%row, @notes);

find({ wanted => sub { push @notes, $_ if /\.gcno$/ }, no_chdir => 1 }, $objects);
for my $note (sort @notes)
{
	(my $source = $note) =~ s{^\Q$objects\E/(.*)\.gcno$}{src/$1.c};
	my $report = `gcov -n -b -o '$note' '$source' 2>/dev/null`;
	while ($report =~ /^File '(\S+)'\n(.*?)(?=^File|\z)/gms)
	{
		my ($file, $body) = ($1, $2);
		next unless $file eq $source;
		my ($lines, $n_lines) = $body =~ /Lines executed:([\d.]+)% of (\d+)/;
		my ($branches, $n_branches) = $body =~ /Taken at least once:([\d.]+)% of (\d+)/;
		$row{$file} = [ $lines // 0, $n_lines // 0, $branches // 0, $n_branches // 0 ];
	}
	$row{$source} //= [ 0, 0, 0, 0 ];
}

my ($hit, $all, $branch_hit, $branch_all) = (0, 0, 0, 0);
printf "%-36s %7s %7s %9s %9s\n", 'file', 'lines', '%', 'branches', '%';
for my $file (sort keys %row)
{
	my ($lines, $n_lines, $branches, $n_branches) = @{ $row{$file} };
	printf "%-36s %7d %7.1f %9d %9.1f\n", $file, $n_lines, $lines, $n_branches, $branches;
	$hit += $lines * $n_lines / 100;
	$all += $n_lines;
	$branch_hit += $branches * $n_branches / 100;
	$branch_all += $n_branches;
}
printf "%-36s %7d %7.1f %9d %9.1f\n", 'all', $all, $all ? 100 * $hit / $all : 0,
  $branch_all, $branch_all ? 100 * $branch_hit / $branch_all : 0;
