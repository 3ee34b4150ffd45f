#!/bin/bash
# No test without an expected answer, no expected answer without a test, no
# alternative answers.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0

# pair TESTS SUFFIX ANSWERS
pair()
{
	local file name
	for file in "$1"/*."$2"; do
		[ -e "$file" ] || continue
		name=$(basename "$file" ".$2")
		[ -e "$3/$name.out" ] || { echo "$file: there is no $3/$name.out"; bad=1; }
	done
	for file in "$3"/*; do
		[ -e "$file" ] || continue
		name=$(basename "$file" .out)
		[ -e "$1/$name.$2" ] || { echo "$file: there is no $1/$name.$2"; bad=1; }
	done
}

pair sql sql expected
pair test/isolation/specs spec test/isolation/expected

for file in test/unit/t_*.c test/unit/td_*.c; do
	[ -e "$file" ] || continue
	# A test function that no table names is never run.
	for name in $(grep -A1 -E '^static void$' "$file" | grep -oE '^test_\w+\(void\)' | sed 's/(void)//'); do
		grep -qE "TEST\($name\)" "$file" || { echo "$file: $name is not in CHECK_MAIN"; bad=1; }
	done
done
for file in test/tap/*.pl; do
	[ -e "$file" ] || continue
	grep -qE '^\s*done_testing|plan tests|tests =>' "$file" || { echo "$file: no plan"; bad=1; }
done
exit $bad
