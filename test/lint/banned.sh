#!/bin/bash
# Words that may not stand in the sources, with the reason.
#
# Comments and strings are blanked before C is searched.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0

# ban WHERE PATTERN REASON
ban()
{
	local place text
	while IFS=$'\x01' read -r place text; do
		echo "$place: $3: $(sed 's/^[[:space:]]*//' <<<"$text")"
		bad=1
	done < <(grep -P -e "$2" "$scratch/$1")
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Each line becomes 'file:line<1>code' without comments and literals.
strip()
{
	perl -e '
		for my $file (@ARGV) {
			open(my $in, "<", $file) or next;
			my $text = join("", <$in>);
			$text =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27)}
				{ my $s = $1; $s =~ /^["\x27]/ ? "\"\"" : $s =~ s/[^\n]//gr }gse;
			my $n = 0;
			print "$file:", ++$n, "\x01$_\n" for split(/\n/, $text);
		}' "$@"
}

# shellcheck disable=SC2046
strip $(find src/base src/linalg src/expr src/nlp src/solver -name '*.[ch]' | sort) >"$scratch/core"
strip $(find src/pg -name '*.[ch]' | sort) >"$scratch/pg"
cat "$scratch/core" "$scratch/pg" >"$scratch/all"
for file in $(find src/sql -name '*.sql' | sort); do
	sed 's/--.*//' "$file" | awk -v f="$file" '{printf "%s:%d\x01%s\n", f, NR, $0}'
done >"$scratch/sql"
for file in Makefile mk/*.mk .github/workflows/*.yml; do
	[ -e "$file" ] && sed 's/#.*//' "$file" | awk -v f="$file" '{printf "%s:%d\x01%s\n", f, NR, $0}'
done >"$scratch/build"

ban core '\b(malloc|calloc|realloc|free)\s*\(' 'memory comes from the arena'
ban core '(?<![\w.>])(printf|fprintf|puts|exit|abort|rand|random|time|clock|getenv)\s*\(' 'the core does not speak, leave, gamble or look at the clock'
ban core '\b(setjmp|longjmp)\b' 'the core returns CoRc'
ban core '\bstatic\s+(?!const\b|inline\b)(?!.*\()[\w\s*]+(=|;|\[)' 'no state between calls'
ban all '\b(strcpy(?!\s*\([^,]*,\s*""\))|strcat|sprintf|vsprintf|gets|strtok|alloca|scanf|sscanf|fscanf|atof|atoi|atol)\s*\(' 'unsafe call'
ban all '\b(setlocale|feenableexcept|fesetround|signal|sigaction|fork|system|popen)\s*\(' 'changes the process'
ban all '#\s*if\s+0\b' 'code that is commented out'
ban all '\b(XXX|FIXME)\b' 'an issue, not a mark'
ban pg '(?<![\w.>])(malloc|calloc|realloc|strdup|printf|fprintf|exit|abort)\s*\(' 'palloc and ereport in the server'
grep -v '/pg_compat\.h:' "$scratch/pg" >"$scratch/pg_but_compat"
ban pg_but_compat '#\s*if.*PG_VERSION_NUM' 'versions are told apart in pg_compat.h only'
ban sql '(?i)\bsecurity\s+definer\b' "functions run with the caller's rights"
ban sql '(?i)\bleakproof\b' 'nothing here is leakproof'
ban build '-(ffast-math|Ofast|funsafe-math|fassociative-math|march=native|ffp-contract=(on|fast))' 'changes the digits'
exit $bad
