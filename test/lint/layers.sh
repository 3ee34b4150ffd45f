#!/bin/bash
# Who may include whom (src/README.md, "Layers").  The layer of a header is the
# first word of its path, which is why includes are written from src/.
set -u
cd "$(dirname "$0")/../.." || exit 2

declare -A may=(
	[base]='base'
	[linalg]='base linalg'
	[expr]='base expr'
	[nlp]='base linalg expr nlp'
	[solver]='base linalg nlp solver'
)
# What the core may have of the world: the C library's pure parts.
system_headers=' assert.h errno.h float.h inttypes.h limits.h math.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h '
bad=0

complain()
{
	echo "$1"
	bad=1
}

for layer in "${!may[@]}"; do
	while IFS=: read -r file line text; do
		if [[ $text =~ \#[[:space:]]*include[[:space:]]*\"([^\"]+)\" ]]; then
			header=${BASH_REMATCH[1]}
			owner=${header%%/*}
			if [[ $header != */* || " ${may[$layer]} " != *" $owner "* ]]; then
				complain "$file:$line: $layer/ may not include \"$header\""
			elif [ ! -e "src/$header" ]; then
				complain "$file:$line: there is no src/$header"
			fi
		elif [[ $text =~ \#[[:space:]]*include[[:space:]]*\<([^\>]+)\> ]]; then
			header=${BASH_REMATCH[1]}
			if [[ $system_headers != *" $header "* ]]; then
				complain "$file:$line: the core may not include <$header>"
			fi
		fi
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' -r "src/$layer" --include='*.[ch]' --include='*.def' -H)
done

# A file in src/ belongs to a layer; header guards name their path.
for file in $(find src -name '*.[ch]'); do
	layer=$(cut -d/ -f2 <<<"$file")
	if [[ $layer != pg && -z ${may[$layer]:-} ]]; then
		complain "$file: not in a layer"
	fi
done
for name in $(find src -name '*.[ch]' -printf '%f\n' | sort | uniq -d); do
	complain "$name: two files of this name"
done
exit $bad
