#!/bin/bash
# All lints.  Each is one test: its output is shown when it fails.
#
#   lint.sh BUILD CORE_OBJECT_DIR [MODULE.so]
set -u
cd "$(dirname "$0")/.." || exit 2
build=$1 objects=$2 module=${3:-}
passed=0 failed=0 skipped=0

lint()
{
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		passed=$((passed + 1))
		printf 'ok      %-28s %s\n' "lint $name" "$(tr '\n' ';' <<<"$output" | sed 's/;$//; s/;/; /g')"
	else
		failed=$((failed + 1))
		printf 'FAILED  %s\n' "lint $name"
		sed 's/^/  /' <<<"$output" | head -60
	fi
}

echo_false()
{
	echo "$1"
	false
}

shopt -s nullglob
sql=(src/sql/*.sql)
lint layers test/lint/layers.sh
if [ -n "$module" ] && [ ! -e "$module" ]; then
	lint module echo_false 'the module does not build'
	lint symbols test/lint/symbols.sh "$objects"
else
	lint symbols test/lint/symbols.sh "$objects" ${module:+"$module"}
fi
if [ -z "$module" ]; then
	skipped=$((skipped + 1))
	echo 'skipped lint of the module: it is not built (no pg_config, or no src/pg yet)'
fi
lint banned test/lint/banned.sh
lint tests_are_run test/lint/tests_are_run.sh
lint paths test/lint/paths.sh
lint docs tools/docs.pl --check
lint references test/lint/references.sh
lint version test/lint/version.sh
# shellcheck disable=SC2046
lint lengths test/lint/lengths.pl $(find src test/unit -name '*.[ch]' | sort)
[ ${#sql[@]} -gt 0 ] && lint comments test/lint/comments.pl "${sql[@]}"
mkdir -p "$build/tally"
echo "$passed $failed $skipped" >"$build/tally/lint"
echo "# lint: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
