#!/bin/bash
# What the compiled code needs and shows.
#
#   symbols.sh OBJECT_DIR [MODULE.so]
#
# OBJECT_DIR holds the core's objects.  The core has no memory but its arena,
# no output, no clock, no random numbers, no state between calls; it links
# against libc and libm alone.  The module shows the server its SQL
# functions and nothing else: the server opens modules with global symbols, so
# a stray name could be taken by another extension's.
set -u
objects=$1 module=${2:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
bad=0

complain()
{
	echo "$1"
	bad=1
}

banned='malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|strdup|strndup|alloca'
banned+='|v?f?printf|v?asprintf|v?sprintf|puts|fputs|putchar|fputc|putc|fwrite|perror|stdout|stderr|stdin'
banned+='|exit|_exit|_Exit|abort|quick_exit|atexit|__assert_fail|raise|signal|sigaction|system|popen|fork|exec.*|getenv|setenv'
banned+='|rand|srand|rand_r|random|srandom|drand48|time|clock|gettimeofday|clock_gettime|sleep|usleep|nanosleep'
banned+='|setjmp|_setjmp|longjmp|siglongjmp|setlocale|fe(enable|disable)except|fesetround|fesetenv|fopen|open|read|write|close|mmap|dlopen|dlsym|pthread_.*|qsort|strtok|gets|scanf|sscanf|atof|strcpy|strcat'

# Those of sources that are gone may still lie there.
core=$(find "$objects" -name '*.o' | sort | while read -r object; do
	source=${object#"$objects"/}
	[ -e "$root/src/${source%.o}.c" ] && echo "$object"
done)
if [ -z "$core" ]; then
	echo "no objects in $objects"
	exit 1
fi

# __memcpy_chk and __isoc99_sscanf are the fortified and versioned spellings.
for object in $core; do
	for symbol in $(nm -u "$object" | awk '{print $NF}' |
			sed -E 's/^__(isoc[0-9]+_)?//; s/_chk$//' | grep -xE "($banned)"); do
		complain "${object#"$objects"/}: the core may not use $symbol"
	done
	for section in $(objdump -h "$object" | awk '$2 ~ /^\.(data|bss|tdata|tbss|lbss|ldata)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ {print $2}'); do
		complain "${object#"$objects"/}: mutable data ($section)"
	done
done

# gcov's and the sanitizers' own objects are never linted, so this is the truth.
# shellcheck disable=SC2086
if ! unresolved=$(${CC:-gcc} -shared -o /dev/null -Wl,--whole-archive $core -Wl,--no-whole-archive \
		-Wl,-z,defs -Wl,-z,notext -lm 2>&1); then
	sed -n -E 's/.*undefined reference to/needs more than libc and libm:/p' <<<"$unresolved" | sort -u | head -20
	[[ $unresolved == *'undefined reference'* ]] || echo "$unresolved" | tail -5
	bad=1
fi

# clang makes the resolver of a function in several versions visible even where
# the function is static: two of a name do not link.
for name in $(grep -rhA1 '^CO_CLONES' "$root/src" --include='*.c' | sed -n -E 's/^([a-z_0-9]+)\(.*/\1/p' | sort | uniq -d); do
	complain "$name: two functions of that name are CO_CLONES"
done

if [ -n "$module" ]; then
	shown=$(nm -D --defined-only "$module" | awk '{print $NF}' | sed 's/@.*//' | sort -u)
	words=$(cat "$root"/src/sql/*.sql 2>/dev/null | grep -oE '\w+' | sort -u)
	for symbol in $shown; do
		case $symbol in
			_PG_init|Pg_magic_func) continue ;;
			*.resolver) continue ;;	# clang's, see above
		esac
		function=${symbol#pg_finfo_}
		if [[ $function != opt_* ]] || ! grep -qxF "pg_finfo_$function" <<<"$shown"; then
			complain "${module##*/}: shows $symbol, which is no SQL function's"
		elif [ "$symbol" = "$function" ] && ! grep -qxF "$function" <<<"$words"; then
			complain "${module##*/}: $function is named by nothing in src/sql"
		fi
	done
	for symbol in $(nm -D --undefined-only "$module" | awk '{print $NF}' | grep -E '^(co|copg)_'); do
		complain "${module##*/}: needs $symbol, which nothing defines"
	done
	for library in $(objdump -p "$module" | awk '$1 == "NEEDED" {print $2}'); do
		[[ $library =~ ^lib(c|m|gcc_s)\.so ]] ||
			complain "${module##*/}: linked with $library"
	done
fi
exit $bad
