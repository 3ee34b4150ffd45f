#!/bin/bash
# make test: every suite, on a server of its own.  The last line is
# 'N passed, N failed'; what was skipped is said before it.
#
#	make test SUITES='regress tap'		only these of: lint unit regress isolation data tap
#	make test SUITES=tap T=memory		unit, data and tap: only files with that word
set -u
. "$(dirname "$0")/lib.sh"
. "$root/tools/server.sh"
cd "$root" || exit 2

export LC_ALL=C.UTF-8
jobs=$(nproc 2>/dev/null || echo 2)
suites=()
tally=$build/tally
rm -rf "$tally" "$build"/*/tally "$build/regress" "$build/isolation" "$build/tap"
mkdir -p "$tally"

# suite NAME: gather what NAME left in a tally file.
gather()
{
	local name=$1 file
	suites+=("$name")
	for file in "$tally/$name" "$build/check/tally/$name"; do
		if [ -e "$file" ]; then
			[ "$file" = "$tally/$name" ] || cp "$file" "$tally/$name"
			return
		fi
	done
	# It did not get as far as counting: that is a failure.
	echo '0 1 0' >"$tally/$name"
}

finish()
{
	local passed=0 failed=0 skipped=0 name p f s

	echo
	for name in "${suites[@]}"; do
		read -r p f s <"$tally/$name"
		printf '%-10s %6d passed %6d failed %6d skipped\n' "$name" "$p" "$f" "$s"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	[ $skipped -eq 0 ] || echo "$skipped skipped (reasons above)"
	echo "took $SECONDS s"
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
}

# The tests of a folder that have an answer: pg_regress stops at the first
# without.  (test/lint/tests_are_run.sh fails on the others.)
answered()
{
	local file name
	for file in "$1"/*."$2"; do
		name=$(basename "$file" ".$2")
		[ -e "$3/$name.out" ] && echo "$name"
	done
}

# Counts pg_regress' result lines: 'test x ... ok' before 16, TAP from then on.
count_regress()
{
	local name=$1 log=$2 diffs=$3 passed failed
	passed=$(grep -cE '^(test +| {4,})[^ ]+ +\.\.\. ok|^ok ' "$log")
	failed=$(grep -cE '^(test +| {4,})[^ ]+ +\.\.\. FAILED|^not ok ' "$log")
	if [ "$4" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	echo "$passed $failed 0" >"$tally/$name"
	if [ "$failed" -gt 0 ] && [ -s "$diffs" ]; then
		head -c 60000 "$diffs"
	fi
	gather "$name"
}

regress()
{
	local tests
	tests=$(answered sql sql expected)
	[ -n "$tests" ] || return 0
	echo "# regress"
	mkdir -p "$build/regress"
	# shellcheck disable=SC2086
	"$pg_lib/pgxs/src/test/regress/pg_regress" --inputdir=. --outputdir="$build/regress" \
		--bindir="$pg_bin" --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" \
		--dbname=constropt_regress --load-extension=constropt $tests 2>&1 |
		tee "$build/regress/log"
	count_regress regress "$build/regress/log" "$build/regress/regression.diffs" "${PIPESTATUS[0]}"
}

isolation()
{
	local tests tool=$pg_lib/pgxs/src/test/isolation/pg_isolation_regress
	tests=$(answered test/isolation/specs spec test/isolation/expected)
	[ -n "$tests" ] || return 0
	echo "# isolation"
	mkdir -p "$build/isolation"
	# shellcheck disable=SC2086
	"$tool" --inputdir=test/isolation --outputdir="$build/isolation" \
		--bindir="$pg_bin" --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" \
		--dbname=constropt_isolation --load-extension=constropt $tests 2>&1 |
		tee "$build/isolation/log"
	count_regress isolation "$build/isolation/log" "$build/isolation/regression.diffs" "${PIPESTATUS[0]}"
}

# Each file starts servers of its own, so it runs as the user who may.
tap()
{
	local file name rc passed=0 failed=0 skipped=0 p f s work=$run_dir/server/tap

	[ -n "$(ls test/tap/*.pl 2>/dev/null)" ] || return 0
	echo "# tap"
	mkdir -p "$build/tap" "$run_dir/tap"
	cp -R test/tap/. README.md "$run_dir/tap/"
	chmod -R go+rX "$run_dir/tap"
	"${server_as[@]}" mkdir -p "$work"
	for file in "$run_dir"/tap/*"${T:-}"*.pl; do
		[ -e "$file" ] || continue
		name=$(basename "$file" .pl)
		"${server_as[@]}" mkdir -p "$work/$name/log" "$work/$name/data"
		(
			cd "$work/$name" || exit 1
			unset PGHOST PGPORT PGUSER PGDATABASE
			"${server_as[@]}" env PG_REGRESS="$pg_lib/pgxs/src/test/regress/pg_regress" \
				PG_CONFIG="$PG_CONFIG" CONSTROPT_CONF="$run_dir/constropt.conf" \
				TESTDIR="$work/$name" TESTDATADIR="$work/$name/data" TESTLOGDIR="$work/$name/log" \
				PG_TEST_PORT_DIR="$work" top_builddir="$work" TMPDIR=/tmp PGPORT=65432 \
				timeout -k 10 600 perl -I "$run_dir/tap" -I "$pg_lib/pgxs/src/test/perl" "$file"
		) >"$build/tap/$name.log" 2>&1 </dev/null
		rc=$?
		p=$(grep -E '^ok ' "$build/tap/$name.log" | grep -cv '# [sS][kK][iI][pP]')
		s=$(grep -cE '^ok .*# [sS][kK][iI][pP]|^1\.\.0 # [sS][kK][iI][pP]' "$build/tap/$name.log")
		f=$(grep -E '^not ok ' "$build/tap/$name.log" | grep -cv '# TODO')
		if [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then
			f=1
		fi
		if [ "$f" -gt 0 ]; then
			printf 'FAILED  %-28s %d passed, %d failed\n' "$name" "$p" "$f"
			tail -n 60 "$build/tap/$name.log" | sed 's/^/  /'
			for log in "$work/$name"/log/*.log "$work/$name"/tmp_check/log/*.log; do
				[ -e "$log" ] && { cp "$log" "$build/tap/"; echo "  ${log##*/}:"; tail -n 15 "$log" | sed 's/^/    /'; }
			done
		else
			printf 'ok      %-28s %d passed\n' "$name" "$p"
		fi
		grep -hE '# [sS][kK][iI][pP]' "$build/tap/$name.log" | sed 's/^/  skipped: /'
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	echo "$passed $failed $skipped" >"$tally/tap"
	gather tap
}

failed_step()
{
	echo "$1 failed"
	suites+=("$1")
	echo '0 1 0' >"$tally/$1"
	finish
}

tools/install-deps.sh test || failed_step install-deps
find_pg || failed_step find_pg
export PG_CONFIG
say "# $("$PG_CONFIG" --version), ${CC:-gcc}, $jobs jobs"

make=(make --no-print-directory -j "$jobs" PG_CONFIG="$PG_CONFIG"
	WERROR="${CI:+1}" CHECK_WERROR="${CI:+1}")
"${make[@]}" stage || failed_step build
wanted()
{
	[[ " ${SUITES:-lint unit regress isolation data tap} " == *" $1 "* ]]
}

if wanted lint; then
	"${make[@]}" lint
	gather lint
fi
if wanted unit; then
	"${make[@]}" unit
	gather unit
fi

server_prepare || failed_step server
if server_start; then
	wanted regress && regress
	wanted isolation && isolation
	# The server's user may not see the checkout, its clients are the caller.
	if wanted data; then
		"${make[@]}" data
		gather data
	fi
	wanted tap && tap
else
	suites+=(server)
	echo '0 1 0' >"$tally/server"
fi
finish
