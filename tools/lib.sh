# tools/lib.sh: sourced by the scripts of this folder.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-build}
case $build in /*) ;; *) build=$root/$build ;; esac

say()
{
	printf '%s\n' "$*" >&2
}

# The programs of a server are there, and what an extension is built with.
pg_is_complete()
{
	local config=$1
	command -v "$config" >/dev/null 2>&1 || return 1
	[ -e "$("$config" --pgxs 2>/dev/null)" ] || return 1
	[ -e "$("$config" --includedir-server)/postgres.h" ] || return 1
	[ -x "$("$config" --bindir)/initdb" ]
}

# Sets PG_CONFIG to a complete server: the caller's, the one in the path, or the
# newest of Debian's that is one.  Fails when there is none.
find_pg()
{
	local candidate

	if [ -n "${PG_CONFIG:-}" ]; then
		pg_is_complete "$PG_CONFIG"
		return
	fi
	for candidate in pg_config $(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -Vr); do
		if pg_is_complete "$candidate"; then
			PG_CONFIG=$(command -v "$candidate")
			export PG_CONFIG
			return 0
		fi
	done
	return 1
}
