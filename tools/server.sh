# tools/server.sh: a private PostgreSQL server that leaves nothing behind.
# Sourced after lib.sh; needs PG_CONFIG.
# shellcheck shell=bash disable=SC2154
#
#	server_prepare	a folder of its own, with a copy of build/stage
#	server_start	a new cluster in it, on a Unix socket only; sets PGHOST ...
#	server_cleanup	stops the server, removes the folder; also on every exit
#
# The server runs as the caller, or, because it refuses to run as root, as
# 'postgres' (else 'nobody') when the caller is root.  The folder is not in the
# checkout: that user may not be able to read it, and a socket's path may
# have 107 bytes at most.  The system's PostgreSQL folders are only read.

run_dir=
server_as=()

server_prepare()
{
	local base=${TMPDIR:-/tmp} user

	[ ${#base} -le 60 ] || base=/tmp
	pg_bin=$("$PG_CONFIG" --bindir)
	pg_lib=$("$PG_CONFIG" --pkglibdir)
	pg_share=$("$PG_CONFIG" --sharedir)
	unset PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGOPTIONS PGDATA \
		PGSSLMODE PGHOSTADDR PGCLIENTENCODING PGAPPNAME PGTZ
	trap server_cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	run_dir=$(mktemp -d "$base/constropt.XXXXXX") || return 1
	chmod 755 "$run_dir"
	mkdir -m 755 "$run_dir/server"
	if [ "$(id -u)" -eq 0 ]; then
		for user in postgres nobody; do
			id "$user" >/dev/null 2>&1 && break
		done
		server_as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups
			env HOME="$run_dir/server" USER="$user" LOGNAME="$user")
		chown "$user" "$run_dir/server"
	fi
	if [ -d "$build/stage" ]; then
		cp -R "$build/stage" "$run_dir/stage"
		chmod -R u+rwX,go+rX "$run_dir/stage"
	fi
	server_settings >"$run_dir/constropt.conf"
}

# Where the staged extension is found depends on the server: PostgreSQL 18 has
# extension_control_path, Debian's older ones have extension_destdir.
server_settings()
{
	local known

	known=$("$pg_bin/postgres" --describe-config | cut -f1)
	echo "dynamic_library_path = '$run_dir/stage$pg_lib:\$libdir'"
	if grep -qx extension_control_path <<<"$known"; then
		echo "extension_control_path = '$run_dir/stage$pg_share:\$system'"
	elif grep -qx extension_destdir <<<"$known"; then
		echo "extension_destdir = '$run_dir/stage'"
	else
		say 'This server finds extensions in its own folders only; it needs PostgreSQL 18,'
		say "or Debian's build of an older one.  (make install && make installcheck works everywhere.)"
		return 1
	fi
}

server_start()
{
	local data=$run_dir/server/data

	(cd "$run_dir/server" && "${server_as[@]}" "$pg_bin/initdb" -D "$data" -U postgres -A trust -N \
		--no-locale -E UTF8) >"$run_dir/initdb.log" 2>&1 || { cat "$run_dir/initdb.log" >&2; return 1; }
	"${server_as[@]}" mkdir -m 700 "$run_dir/server/socket"
	{
		cat "$run_dir/constropt.conf"
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$run_dir/server/socket'"
		echo "fsync = off"
		echo "shared_buffers = 128MB"
		echo "log_line_prefix = '%m [%p] %a '"
		echo "log_statement = none"
	} | "${server_as[@]}" tee -a "$data/postgresql.conf" >/dev/null
	if ! (cd "$run_dir/server" && "${server_as[@]}" "$pg_bin/pg_ctl" -D "$data" -w -t 60 \
			-l "$run_dir/server/log" start) >"$run_dir/pg_ctl.log" 2>&1 </dev/null; then
		cat "$run_dir/pg_ctl.log" "$run_dir/server/log" >&2
		return 1
	fi
	export PGHOST=$run_dir/server/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export PATH="$pg_bin:$PATH"
}

server_cleanup()
{
	local status=$?

	trap '' HUP INT TERM
	if [ -n "$run_dir" ] && [ -d "$run_dir" ]; then
		if [ -e "$run_dir/server/data/postmaster.pid" ]; then
			"${server_as[@]}" "$pg_bin/pg_ctl" -D "$run_dir/server/data" -w -t 30 -m immediate stop >/dev/null 2>&1 </dev/null
		fi
		if [ -e "$run_dir/server/log" ]; then
			mkdir -p "$build" && cp "$run_dir/server/log" "$build/server.log"
		fi
		cd / && rm -rf "$run_dir"
	fi
	trap - EXIT
	exit $status
}
