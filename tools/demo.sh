#!/bin/bash
# make demo: builds, starts a private server, loads examples/, runs the tour.
# make psql (--psql): the same server and data, with psql opened on it.
set -u
. "$(dirname "$0")/lib.sh"
. "$root/tools/server.sh"
cd "$root" || exit 2

tools/install-deps.sh demo || exit 1
find_pg || { say 'no complete PostgreSQL server found'; exit 1; }
say "# building for $("$PG_CONFIG" --version)"
mkdir -p "$build"
if ! make --no-print-directory -j "$(nproc 2>/dev/null || echo 2)" PG_CONFIG="$PG_CONFIG" stage >"$build/demo-build.log" 2>&1; then
	cat "$build/demo-build.log" >&2
	exit 1
fi
server_prepare && server_start || exit 1
say "# a private server on $PGHOST, gone when this ends"

psql=("$pg_bin/psql" -X -v ON_ERROR_STOP=1)
"${psql[@]}" -q -f examples/load.sql >&2 || exit 1
if [ "${1:-}" = --psql ]; then
	say '# tables: \dt; the tour: \i examples/demo.sql; the functions: \df opt_*'
	"$pg_bin/psql" -X
	exit
fi
"${psql[@]}" -q -f examples/demo.sql || exit 1
echo
echo 'To try more, open psql on the same data (the server lives until you quit):'
echo
echo '    make psql'
