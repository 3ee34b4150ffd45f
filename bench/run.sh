#!/bin/bash
# make bench: the core's microbenchmarks, then the server against its peers in
# Python, on a server of its own.  What it prints is in build/bench/result.md.
#
#   BENCH_PARTS='core build markowitz jacobian factor batch nlp methods evaluation'  and
#   what bench.py, nlp.py and evaluation.py name
set -u
. "$(dirname "$0")/../tools/lib.sh"
. "$root/tools/server.sh"
cd "$root" || exit 2

export LC_ALL=C.UTF-8 BENCH_PARTS=${BENCH_PARTS:-core build markowitz jacobian factor batch nlp methods evaluation}
for library in OPENBLAS OMP MKL RAYON BLIS; do
	export ${library}_NUM_THREADS=1
done
export XLA_FLAGS='--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'
# Each library is to choose its kernels by the processor it finds.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
data=${CO_DATA:-$root/../shared/data}
out=$build/bench
venv=$out/venv
mkdir -p "$out"
: >"$out/result.md"

fail()
{
	say "bench: $1"
	exit 1
}

# Is one of these parts asked for?
asked()
{
	local part

	for part; do
		[[ " $BENCH_PARTS " == *" $part "* ]] && return 0
	done
	return 1
}

# cyipopt has no wheels: it is built against the Ipopt in CasADi's.  The peer
# is skipped where that does not succeed.
install_cyipopt()
{
	local casadi

	casadi=$("$venv/bin/python" -c 'import casadi, os; print(os.path.dirname(casadi.__file__))') || return 1
	cat >"$venv/ipopt.pc" <<-END
		Name: Ipopt
		Description: of CasADi
		Version: 3.14
		Cflags: -I$casadi/include/coin-or
		Libs: -L$casadi -lipopt
	END
	PKG_CONFIG_PATH=$venv LDFLAGS="-Wl,-rpath,$casadi" "$venv/bin/pip" install -q --disable-pip-version-check \
		--no-cache-dir --no-binary cyipopt -r bench/requirements-source.txt >"$out/cyipopt.log" 2>&1
}

# Once for each state of the lists.
install_peers()
{
	if cat bench/requirements*.txt | cmp -s - "$venv/installed"; then
		return
	fi
	rm -rf "$venv"
	python3 -m venv "$venv" || return 1
	"$venv/bin/pip" install -q --disable-pip-version-check -r bench/requirements.txt || return 1
	install_cyipopt || say "bench: cyipopt could not be built, see ${out#"$root/"}/cyipopt.log"
	cat bench/requirements*.txt >"$venv/installed"
}

make_programs()
{
	"${make[@]}" -f mk/core.mk BUILD="$build" VARIANT=bench-core "$@" >&2
}

# Each file of bench/core is a program; bench_methods is of the part "methods".
core()
{
	local dir=$build/bench-core source programs=() program

	for source in bench/core/*.c; do
		[[ $source == */bench_methods.c ]] && continue
		programs+=("$dir/$(basename "$source" .c)")
	done
	make_programs "${programs[@]}" || return 1
	for program in "${programs[@]}"; do
		echo "${program##*/}:"
		echo '```'
		CO_DATA=$data "$program" || return 1
		echo '```'
		echo
	done
}

# A script of the venv, with the result and the core's programs it asks for.
peers()
{
	CO_DATA=$data BENCH_SET=$build/bench-core/bench_set BENCH_NLP_CORE=$build/bench-core/bench_nlp \
		"$venv/bin/python" "bench/$1" "$out/result.md" || fail "$1"
}

# Which method solves which problem, and why not.
method_table()
{
	make_programs "$build/bench-core/bench_methods" || return 1
	CO_DATA=$data "$build/bench-core/bench_methods"
}

# A method of the core against the peers that are of its kind.
method_peers()
{
	BENCH_NLP_OURS=$1 BENCH_NLP_ROUTES=$2 peers nlp.py
}

tools/install-deps.sh bench || fail 'install-deps'
find_pg || fail 'no complete PostgreSQL server found'
make=(make --no-print-directory -j "$(nproc 2>/dev/null || echo 2)")

if asked core; then
	core | tee -a "$out/result.md"
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail 'core'
fi
[ "$BENCH_PARTS" = core ] && exit 0

install_peers || fail 'the peers could not be installed'
if asked nlp methods evaluation; then
	make_programs "$build/bench-core/bench_set" "$build/bench-core/bench_nlp" || fail 'core'
fi
if asked build markowitz jacobian factor batch nlp; then
	if ! "${make[@]}" PG_CONFIG="$PG_CONFIG" stage >"$out/build.log" 2>&1; then
		cat "$out/build.log" >&2
		fail 'build'
	fi
	server_prepare && server_start || fail 'server'
fi
asked build markowitz factor batch && peers bench.py
asked jacobian && peers jacobian.py
asked nlp && peers nlp.py
if asked methods; then
	method_table | tee -a "$out/result.md"
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail 'methods'
	BENCH_NLP=HS method_peers 'core (sqp)' 'core (sqp);core (sqp, bfgs);scipy (SLSQP);slsqp-jax;pounce-solver'
	method_peers 'core (augmented_lagrangian)' 'core (augmented_lagrangian);core;core (sqp);pounce-solver'
	BENCH_NLP=Bounds method_peers 'core (l_bfgs_b)' 'core (l_bfgs_b);core;scipy (L-BFGS-B)'
	BENCH_NLP=Bounds method_peers 'core (l_bfgs_b, same end)' 'core (l_bfgs_b, same end);scipy (L-BFGS-B, same end)'
fi
asked evaluation && peers evaluation.py
say "# written to ${out#"$root/"}/result.md"
