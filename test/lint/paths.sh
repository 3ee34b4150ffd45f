#!/bin/bash
# No file names a machine: home folders, work folders, temporary folders of
# one host.  What is not committed yet is looked at as well.
set -u
cd "$(dirname "$0")/../.." || exit 2
git rev-parse --git-dir >/dev/null 2>&1 || { echo "not a git checkout: nothing to look at"; exit 0; }
pattern='(^|[^A-Za-z0-9_.~-])/(home|root|work|Users|mnt|workspace)/[A-Za-z0-9_.]'
if git ls-files -z --cached --others --exclude-standard |
		grep -zv '^test/lint/paths\.sh$' |
		xargs -0 -r grep -nIE "$pattern" --; then
	echo 'a path of one machine'
	exit 1
fi
exit 0
