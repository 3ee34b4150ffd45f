# Sourced by the data-set tests of this folder: a set, loaded into a database
# of its own on the server of the environment, and checked in SQL.
#
#	run_set NAME FILE...	psql files, FILE.sql; each row of their output
#							that begins with 't|' or 'f|' is one test
#
# Runs in the folder of the data, so that \copy finds its files.
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

skip_set()
{
	echo "skipped $1: $2"
	echo "# $1: 0 passed, 0 failed, 1 skipped"
	exit 0
}

run_set()
{
	local name=$1 db=constropt_data_$1 log rc passed failed

	[ -d "${CO_DATA:=$here/../../../shared/data}" ] || skip_set "$name" "there is no $CO_DATA"
	if [ -z "${PGHOST:-}" ] || ! psql -XAtqc '' -d postgres 2>/dev/null; then
		skip_set "$name" 'there is no server'
	fi
	log=$(mktemp) || exit 2
	PGOPTIONS="-c client_min_messages=warning" psql -Xqc "DROP DATABASE IF EXISTS $db" -c "CREATE DATABASE $db" -d postgres || exit 2
	cd "$CO_DATA" || exit 2
	psql -XAtq -v ON_ERROR_STOP=1 -d "$db" -c 'CREATE EXTENSION constropt' -f "$here/$name.sql" 2>&1 | tee "$log"
	rc=${PIPESTATUS[0]}
	passed=$(grep -c '^t|' "$log")
	failed=$(grep -c '^f|' "$log")
	[ "$rc" -eq 0 ] || failed=$((failed + 1))
	[ "$((passed + failed))" -gt 0 ] || failed=1
	psql -Xqc "DROP DATABASE $db" -d postgres
	rm -f "$log"
	echo "# $name: $passed passed, $failed failed, 0 skipped"
	[ "$failed" -eq 0 ]
}
