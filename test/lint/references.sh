#!/bin/bash
# Every key the sources cite, [BK77], is in src/REFERENCES, once.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
keys=$(grep -oE '^[A-Z][A-Za-z]*[0-9]{2}' src/REFERENCES)
for key in $(uniq -d <(sort <<<"$keys")); do
	echo "src/REFERENCES: $key stands twice"
	bad=1
done
for key in $(grep -rhoE '\[[A-Z][A-Za-z]*[0-9]{2}([],])' src --include='*.[ch]' --include=README.md | tr -d '[],' | sort -u); do
	grep -qx "$key" <<<"$keys" || { echo "[$key] is cited in src and not in src/REFERENCES"; bad=1; }
done
[ $bad -eq 0 ] && echo "$(wc -l <<<"$keys") references"
exit $bad
