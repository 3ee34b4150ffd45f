#!/bin/bash
# make bench: the core's microbenchmarks, then the server against its peers in
# Python, on a server of its own.  What it prints is in build/bench/result.md.
#
#   BENCH_PARTS='core build markowitz factor batch'  and what bench.py names
set -u
. "$(dirname "$0")/../tools/lib.sh"
. "$root/tools/server.sh"
cd "$root" || exit 2

export LC_ALL=C.UTF-8 BENCH_PARTS=${BENCH_PARTS:-core build markowitz factor batch}
for library in OPENBLAS OMP MKL RAYON BLIS; do
	export ${library}_NUM_THREADS=1
done
# Each library is to choose its kernels by the processor it finds.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
out=$build/bench
venv=$out/venv
mkdir -p "$out"
: >"$out/result.md"

fail()
{
	say "bench: $1"
	exit 1
}

# Once for each state of the list.
install_peers()
{
	if cmp -s bench/requirements.txt "$venv/installed"; then
		return
	fi
	rm -rf "$venv"
	python3 -m venv "$venv" || return 1
	"$venv/bin/pip" install -q --disable-pip-version-check -r bench/requirements.txt || return 1
	cp bench/requirements.txt "$venv/installed"
}

# Each file of bench/core is a program.
core()
{
	local dir=$build/bench-core source programs=() program

	for source in bench/core/*.c; do
		programs+=("$dir/$(basename "$source" .c)")
	done
	"${make[@]}" -f mk/core.mk BUILD="$build" VARIANT=bench-core "${programs[@]}" >&2 || return 1
	for program in "${programs[@]}"; do
		echo "${program##*/}:"
		echo '```'
		"$program" || return 1
		echo '```'
		echo
	done
}

tools/install-deps.sh bench || fail 'install-deps'
find_pg || fail 'no complete PostgreSQL server found'
make=(make --no-print-directory -j "$(nproc 2>/dev/null || echo 2)")

if [[ " $BENCH_PARTS " == *' core '* ]]; then
	core | tee -a "$out/result.md"
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail 'core'
fi
[ "$BENCH_PARTS" = core ] && exit 0

install_peers || fail 'the peers could not be installed'
if ! "${make[@]}" PG_CONFIG="$PG_CONFIG" stage >"$out/build.log" 2>&1; then
	cat "$out/build.log" >&2
	fail 'build'
fi
server_prepare && server_start || fail 'server'
"$venv/bin/python" bench/bench.py "$out/result.md" || fail 'bench.py'
say "# written to ${out#"$root/"}/result.md"
