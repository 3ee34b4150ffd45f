# mk/common.mk: what the server module and the core's own builds share.
#
#	BUILD=dir		where products go (default build)
#	WERROR=1		warnings are errors (on in every target that tests)
#	BLAS_PATH=file	the OpenBLAS that is loaded at first need
#	CO_CFLAGS=...	further compiler flags, after ours
#	V=1				show the commands

BUILD ?= build
WERROR ?=
CO_CFLAGS ?=

EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" constropt.control)

CORE_LAYERS = base linalg expr nlp solver
CORE_SRCS := $(sort $(wildcard $(CORE_LAYERS:%=src/%/*.c)))
PG_SRCS := $(sort $(wildcard src/pg/*.c))

# OpenBLAS is not linked: the threaded build starts threads when it is loaded,
# and a system's libblas alternative is whatever the system says.  The serial
# build is opened by its full path at first need.  Debian keeps it in a folder
# of its own; the fallback names Debian's place so that the error message of
# a missing library says where it was looked for.
MULTIARCH := $(shell for cc in '$(CC)' gcc cc clang; do $$cc -print-multiarch 2>/dev/null && break; done)
BLAS_PATH ?= $(firstword \
	$(wildcard /usr/lib/$(MULTIARCH)/openblas-serial/libopenblas.so.0) \
	$(wildcard /usr/lib/*/openblas-serial/libopenblas.so.0) \
	$(wildcard /usr/lib64/libopenblas.so.0) \
	/usr/lib/$(MULTIARCH)/openblas-serial/libopenblas.so.0)

CORE_LIBS = -lm

# Same digits with every compiler: no contraction to fused multiply-adds, and
# none of the fast-math family, which also changes the whole backend's
# floating-point mode when it is linked with.
CO_STANDARD_FLAGS = -std=gnu11 -ffp-contract=off -fvisibility=hidden
CO_WARNING_FLAGS = -Wall -Wextra -Wdeclaration-after-statement \
	-Wmissing-prototypes -Wshadow -Wpointer-arith -Wvla \
	$(if $(WERROR),-Werror)
CO_INCLUDE_FLAGS = -Isrc
CO_DEFINES = -DCO_BLAS_PATH='"$(BLAS_PATH)"' -DCO_VERSION='"$(EXTVERSION)"'

say = $(if $(V),,@echo '$(1)'; )
