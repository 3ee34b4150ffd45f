#!/bin/bash
# Runs test programs and adds up what they count.
#
#   run_unit.sh -n SUITE -d DIR [-j JOBS] [-t SECONDS] [-T WORD] [-w WRAPPER]
#               [-s 'SKIPPED ...' -r REASON] PROGRAM...
#
# A program ends with '# FILE: N passed, N failed, N skipped'.  One that ends
# without it (a crash, the time limit) counts as one failure more.  DIR/tally/SUITE gets
# 'passed failed skipped'.
set -u

suite=unit dir=build/check jobs=2 seconds=60 word='' wrapper='' skipped='' reason=''
while getopts n:d:j:t:T:w:s:r: option; do
	case $option in
		n) suite=$OPTARG ;;
		d) dir=$OPTARG ;;
		j) jobs=$OPTARG ;;
		t) seconds=$OPTARG ;;
		T) word=$OPTARG ;;
		w) wrapper=$OPTARG ;;
		s) skipped=$OPTARG ;;
		r) reason=$OPTARG ;;
		*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

logs=$dir/logs tally=$dir/tally
mkdir -p "$logs" "$tally"

run_one()
{
	local program=$1 seconds=$2 word=$3 wrapper=$4 logs=$5
	local name=${program##*/} start=$SECONDS rc summary
	local log=$logs/$name.log

	# shellcheck disable=SC2086 # the wrapper is a command with arguments
	timeout -k 5 "$seconds" $wrapper "$program" ${word:+"$word"} >"$log" 2>&1 </dev/null
	rc=$?
	summary=$(grep -a -E '^# .*: [0-9]+ passed, [0-9]+ failed' "$log" | tail -1)
	echo "$rc $((SECONDS - start))" >"$log.rc"
	if [ $rc -eq 0 ] && [ -n "$summary" ]; then
		grep -a '^skipped ' "$log" | sed 's/^/  /'
		printf 'ok      %-28s %s  (%ss)\n' "$name" "${summary#*: }" $((SECONDS - start))
		return
	fi
	printf 'FAILED  %-28s %s\n' "$name" "${summary#*: }"
	tail -n 60 "$log" | sed 's/^/  /'
	[ $rc -eq 124 ] && echo "  stopped after $seconds s"
	[ $rc -gt 128 ] && echo "  killed by signal $((rc - 128))"
	return 0
}
export -f run_one

for name in $skipped; do
	echo "skipped $name: $reason"
done
if [ $# -gt 0 ]; then
	printf '%s\0' "$@" | xargs -0 -P "$jobs" -I{} \
		bash -c 'run_one "$@"' run_one {} "$seconds" "$word" "$wrapper" "$logs"
fi

passed=0 failed=0 n_skipped=$(wc -w <<<"$skipped")
for program in "$@"; do
	log=$logs/${program##*/}.log
	read -r p f s < <(sed -n -E 's/^# .*: ([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?.*/\1 \2 \4/p' "$log" | tail -1)
	read -r rc _ <"$log.rc"
	if [ -z "${p:-}" ] || { [ "$rc" -ne 0 ] && [ "${f:-0}" -eq 0 ]; }; then
		failed=$((failed + 1))
	fi
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) n_skipped=$((n_skipped + ${s:-0}))
done
echo "$passed $failed $n_skipped" >"$tally/$suite"
echo "# $suite: $passed passed, $failed failed, $n_skipped skipped"
[ "$failed" -eq 0 ]
