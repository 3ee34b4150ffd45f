#!/bin/bash
# Installs from Debian's packages what is missing to build, demonstrate and
# test.  Does nothing, and asks for no rights, where nothing is missing.
#
#   install-deps.sh [demo|test|bench]
#
# No PostgreSQL cluster is created or started: should the server's package come
# with this run, Debian's 'create a cluster named main' is switched off for
# the length of the installation.  Clusters that exist are not looked at.
set -u
. "$(dirname "$0")/lib.sh"

purpose=${1:-test}
needed=() wished=()

need()
{
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || needed+=("$package")
}

has_library()
{
	local file
	for file in /usr/lib/*/"$1" /usr/lib/"$1" /usr/lib64/"$1"; do
		[ -e "$file" ] && return 0
	done
	return 1
}

# The major version whose server or whose headers are there already; else
# the one that Debian's metapackage stands for.
pg_major()
{
	local file
	for file in $(ls -d /usr/lib/postgresql/*/bin/initdb /usr/include/postgresql/*/server/postgres.h 2>/dev/null |
			grep -oE '/postgresql/[0-9]+/' | tr -dc '0-9\n' | sort -nr); do
		echo "$file"
		return
	done
	apt-cache depends postgresql 2>/dev/null | sed -n -E 's/.*Depends: postgresql-([0-9]+)$/\1/p' | head -1
}

look()
{
	needed=() wished=()
	need make command -v make
	need gcc command -v "${CC:-gcc}"
	need libc6-dev test -e /usr/include/stdlib.h
	need libopenblas0-serial has_library openblas-serial/libopenblas.so.0
	if ! find_pg; then
		needed+=(POSTGRESQL)
	fi
	if [ "$purpose" = test ]; then
		need perl perl -MTest::More -MTime::HiRes -e 1
		need libipc-run-perl perl -MIPC::Run -e 1
		{ [ -e /usr/include/dmumps_c.h ] && has_library libdmumps_seq.so; } || wished+=(libmumps-seq-dev)
		{ [ -e /usr/include/suitesparse/amd.h ] && has_library libamd.so; } || wished+=(libsuitesparse-dev)
	fi
	if [ "$purpose" = bench ]; then
		need python3-venv python3 -c 'import ensurepip, venv'
	fi
	[ ${#needed[@]} -eq 0 ] && [ ${#wished[@]} -eq 0 ]
}

look && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	say "Missing: ${needed[*]} ${wished[*]} (Debian's names), and there is no apt-get here."
	[ ${#needed[@]} -eq 0 ]
	exit
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		say "Missing: ${needed[*]} ${wished[*]}.  Neither root nor sudo: install them with apt-get first."
		[ ${#needed[@]} -eq 0 ]
		exit
	fi
	as_root=(sudo)
fi

apt()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

say "Missing: ${needed[*]} ${wished[*]}; installing from Debian's packages."
# A third party's repository that cannot be reached is no reason to stop.
apt update >&2 || say 'apt-get update had complaints; going on with what it got'

if [[ " ${needed[*]} " == *' POSTGRESQL '* ]]; then
	if [ -n "${PG_CONFIG:-}" ]; then
		major=$(grep -oE '/postgresql/[0-9]+/' <<<"$PG_CONFIG" | tr -dc 0-9)
	else
		major=$(pg_major)
	fi
	if [ -z "$major" ]; then
		say 'No PostgreSQL in the package lists.'
		exit 1
	fi
	packages=("postgresql-$major" "postgresql-server-dev-$major")
	for package in "${needed[@]}"; do
		[ "$package" = POSTGRESQL ] || packages+=("$package")
	done
	needed=("${packages[@]}")

	switch=/etc/postgresql-common/createcluster.d/constropt-no-main-cluster.conf
	"${as_root[@]}" mkdir -p "${switch%/*}"
	echo 'create_main_cluster = false' | "${as_root[@]}" tee "$switch" >/dev/null
	trap '"${as_root[@]}" rm -f "$switch"; "${as_root[@]}" rmdir "${switch%/*}" 2>/dev/null' EXIT
fi

if [ ${#needed[@]} -gt 0 ]; then
	apt install -y --no-install-recommends "${needed[@]}" >&2 || { say "apt-get install ${needed[*]} failed"; exit 1; }
fi
if [ ${#wished[@]} -gt 0 ]; then
	apt install -y --no-install-recommends "${wished[@]}" >&2 ||
		say "no ${wished[*]}: the tests that need it will be skipped"
fi

look
if [ ${#needed[@]} -gt 0 ]; then
	say "Still missing: ${needed[*]}"
	exit 1
fi
exit 0
