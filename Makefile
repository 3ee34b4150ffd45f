# constropt: constrained optimization inside PostgreSQL
#
#	make, make install, make installcheck	as every extension (PG_CONFIG=...)
#	make test	everything, on a private throw-away server; installs what is missing
#			(SUITES='regress tap': only those)
#	make demo	the tour of examples/demo.sql; make psql opens psql on it
#	make check	the core's tests and the lints, without a server
#
# Others: sanitize sanitize-module valgrind cover bench lint docs format format-check dist clean.
# Variables: mk/common.mk and mk/core.mk.

include mk/common.mk

PG_CONFIG ?= pg_config
HAVE_PG := $(shell command -v $(PG_CONFIG) >/dev/null 2>&1 && test -e "$$($(PG_CONFIG) --pgxs 2>/dev/null)" && echo yes; true)

EXTENSION = constropt
SCRIPT_FILE = $(EXTENSION)--$(EXTVERSION).sql
SQL_SRCS := $(sort $(wildcard src/sql/*.sql))

ifeq ($(HAVE_PG),yes)

MODULE_big = $(EXTENSION)
OBJS = $(patsubst src/%.c,$(BUILD)/module/%.o,$(CORE_SRCS) $(PG_SRCS))
DATA_built = $(SCRIPT_FILE)
DATA = $(sort $(wildcard $(EXTENSION)--*--*.sql))
PGFILEDESC = "constropt - constrained optimization"

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=$(EXTENSION) --encoding=UTF8 --outputdir=$(BUILD)/regress
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=$(BUILD)/isolation --load-extension=$(EXTENSION)

PG_CPPFLAGS = $(CO_INCLUDE_FLAGS) $(CO_DEFINES)
PG_CFLAGS = $(CO_STANDARD_FLAGS) $(CO_WARNING_FLAGS) $(CO_CFLAGS)
SHLIB_LINK = $(CORE_LIBS)
EXTRA_CLEAN = $(BUILD) $(EXTENSION)--$(EXTVERSION).sql

# Bitcode lets the server inline an extension's small functions into queries.
# A solver has none to inline, and would be compiled twice.
override with_llvm := no

# A server built with gcc hands its flags to clang as well.
ifneq ($(findstring clang,$(CC)),)
PG_CFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument -Wno-ignored-attributes
endif

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# The server's own headers do not pass -Wextra.
$(BUILD)/module/pg/%.o: override CFLAGS += -Wno-unused-parameter -Wno-sign-compare -Wno-shadow

$(BUILD)/module/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(CFLAGS) $(CPPFLAGS))' | cmp -s - $@ || \
		echo '$(CC) $(subst ','\'',$(CFLAGS) $(CPPFLAGS))' > $@

# Out of the source folders, and again when a header or a flag changes.
$(BUILD)/module/%.o: src/%.c $(BUILD)/module/flags
	@mkdir -p $(@D)
	$(call say,CC $<)$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJS:.o=.d)

.PHONY: FORCE
FORCE:

else

.PHONY: all install installcheck
all install installcheck:
	@echo "No '$(PG_CONFIG)' here: install the server's development package, or name it with PG_CONFIG=..." >&2
	@echo "(tools/install-deps.sh does that on Debian; make test and make demo call it)" >&2
	@false

.PHONY: clean
clean:
	rm -rf $(BUILD) $(EXTENSION).so $(SCRIPT_FILE)

endif

.DEFAULT_GOAL := all

# The install script: every file of src/sql in the order of its number.
$(SCRIPT_FILE): $(SQL_SRCS) constropt.control
	@{ printf '\\echo Use "CREATE EXTENSION constropt" to load this file. \\quit\n'; \
	   cat $(SQL_SRCS); } > $@.new
	@mv $@.new $@

# Our own targets take warnings for errors; make test does in CI only, since a
# user's compiler may be younger than this.
CHECK_WERROR ?= 1
CORE = $(MAKE) --no-print-directory -f mk/core.mk WERROR=$(CHECK_WERROR)

.PHONY: check unit data lint sanitize sanitize-module valgrind cover bench docs format format-check test demo psql stage dist

check: unit lint
# PGXS has a recipe of its own for this word, which only says that it is not supported.
check: private SHELL = /bin/true

unit:
	+@$(CORE) unit

data:
	+@$(CORE) data SECONDS_EACH=600

# The module is linted where there is a server to build it for.
LINTED_MODULE = $(if $(HAVE_PG),$(if $(PG_SRCS),$(EXTENSION).so))

lint:
	+@$(CORE) objects
	$(if $(LINTED_MODULE),+@$(MAKE) --no-print-directory $(LINTED_MODULE) WERROR=$(CHECK_WERROR) || rm -f $(LINTED_MODULE))
	@tools/lint.sh $(BUILD) $(BUILD)/check/core $(LINTED_MODULE)

# Address and undefined-behaviour sanitizers, each take its own allocation, full
# of NaN at first; with each compiler that is there with their run-time library
# (clang's is in Debian's libclang-rt-dev).
sanitize:
	+@for cc in gcc clang; do \
		if echo 'int main(void) { return 0; }' | \
			$$cc -fsanitize=address,undefined -x c -o /dev/null - 2>/dev/null; then \
			$(MAKE) --no-print-directory sanitize-$$cc || exit 1; \
		else echo "skipped $$cc: not here, or without its sanitizers"; fi; \
	done

sanitize-%:
	@echo "# $*"
	+@CO_QUICK=1 UBSAN_OPTIONS=print_stacktrace=1 \
		ASAN_OPTIONS=malloc_fill_byte=255:max_malloc_fill_size=1073741824 \
		$(CORE) unit CC=$* VARIANT=sanitize-$* \
		SECONDS_EACH=300 OPT='-O1 -g -fno-omit-frame-pointer' \
		VARIANT_FLAGS='-DCO_PARANOID -fsanitize=address,undefined -fno-sanitize-recover=all'

# The module under the server, through SQL: a finding ends the backend.  The
# next make builds the module again without.
sanitize-module:
	+@$(MAKE) --no-print-directory test SUITES='regress isolation' \
		CO_CFLAGS='-O1 -DCO_PARANOID -fsanitize=undefined -fno-sanitize-recover=all'

# OpenBLAS picks its kernels by the processor; valgrind knows none newer than Haswell.
# Where it finds something: make valgrind T=... VALGRIND=--track-origins=yes.
valgrind:
	+@CO_QUICK=2 OPENBLAS_CORETYPE=Haswell $(CORE) unit VARIANT=valgrind SECONDS_EACH=900 \
		OPT='-O1 -g' VARIANT_FLAGS='-DCO_PARANOID' \
		WRAPPER='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --suppressions=tools/valgrind.supp $(VALGRIND)'

cover:
	@rm -rf $(BUILD)/cover
	+@status=0; \
	CO_UNTIMED=1 $(CORE) unit CC=gcc VARIANT=cover OPT='-O0 -g' VARIANT_FLAGS='--coverage' SECONDS_EACH=600 || status=1; \
	tools/cover.pl $(BUILD)/cover/core && exit $$status

bench:
	@if [ -x bench/run.sh ]; then bench/run.sh; else echo "there is no bench/run.sh"; exit 1; fi

# The tables of README.md, from src/sql and the .def files; make lint compares.
docs:
	@tools/docs.pl

format:
	@tools/format.pl

format-check:
	@tools/format.pl --check

# A copy of the installation, inside build/: nothing goes into the system.
stage: all
	@rm -rf $(BUILD)/stage
	+@$(MAKE) --no-print-directory -s install DESTDIR=$(abspath $(BUILD)/stage)

test:
	@tools/test.sh

demo:
	@tools/demo.sh

psql:
	@tools/demo.sh --psql

dist:
	@mkdir -p $(BUILD)
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(BUILD)/$(EXTENSION)-$(EXTVERSION).zip HEAD
