#!/bin/bash
# The version lives in constropt.control; META.json and CHANGELOG.md agree, and
# from every version before it there is an update.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" constropt.control)
[ -n "$version" ] || { echo 'constropt.control has no default_version'; bad=1; }
given=$(perl -MJSON::PP -0777 -ne '
	my $meta = decode_json($_);
	print "$_\n" for $meta->{version}, map { $_->{version} } values %{ $meta->{provides} }' META.json | sort -u)
[ "$given" = "$version" ] || { echo "META.json: version $given, constropt.control: $version"; bad=1; }
grep -qE "^## ${version//./\\.}(,|$)" CHANGELOG.md || { echo "CHANGELOG.md has no section ## $version"; bad=1; }
for old in $(sed -n -E 's/^## ([0-9]+\.[0-9]+\.[0-9]+).*/\1/p' CHANGELOG.md); do
	[ "$old" = "$version" ] || compgen -G "constropt--$old--*.sql" >/dev/null ||
		{ echo "CHANGELOG.md has $old, and there is no constropt--$old--*.sql"; bad=1; }
done
[ $bad -eq 0 ] && echo "$version"
exit $bad
