# mk/core.mk: the core without PostgreSQL: unit tests, sanitizers, coverage.
#
# Run through the Makefile (make check, make sanitize, ...); apart from it
# because PGXS brings its own compiler flags.  Each variant (check, sanitize
# with each compiler, cover, valgrind) has its own folder in build/.
#
#	T=word			only the programs whose name has the word
#	TEST=word		only the tests, inside the programs, with that word

include mk/common.mk

VARIANT ?= check
DIR = $(BUILD)/$(VARIANT)
T ?=
TEST ?=
JOBS ?= 2
SECONDS_EACH ?= 180
OPT ?= -O2 -g
VARIANT_FLAGS ?=
WRAPPER ?=
CO_DATA ?= ../shared/data

# Everything in test/unit that is not a test program is support for them.
CHECK_SRCS := $(sort $(wildcard test/unit/t_*.c))
DATA_SRCS := $(sort $(wildcard test/unit/td_*.c))
SUPPORT_SRCS := $(filter-out $(CHECK_SRCS) $(DATA_SRCS),$(wildcard test/unit/*.c))

# MUMPS and LAPACK judge our factorizations, libamd our order; each is linked
# with the test that asks it and with nothing else.
LIBRARY_DIR := $(firstword $(wildcard /usr/lib/$(MULTIARCH)) /usr/lib)
HAVE_MUMPS := $(if $(wildcard /usr/include/dmumps_c.h),$(if $(wildcard $(LIBRARY_DIR)/libdmumps_seq.so),$(wildcard $(BLAS_PATH))))
HAVE_AMD := $(if $(wildcard /usr/include/suitesparse/amd.h),$(wildcard $(LIBRARY_DIR)/libamd.so))
LIBS_t_ldl_oracle = -ldmumps_seq -lmpiseq_seq \
	-L$(dir $(BLAS_PATH)) -l:$(notdir $(BLAS_PATH)) -Wl,-rpath,$(dir $(BLAS_PATH))
LIBS_t_amd_oracle = -lamd

SKIPPED_SRCS := $(if $(HAVE_MUMPS),,test/unit/t_ldl_oracle.c) $(if $(HAVE_AMD),,test/unit/t_amd_oracle.c)
PROGRAM_SRCS := $(filter-out $(SKIPPED_SRCS),$(CHECK_SRCS))
names = $(if $(T),$(foreach f,$(1),$(if $(findstring $(T),$(f)),$(f))),$(1))
CHECK_PROGRAMS = $(call names,$(PROGRAM_SRCS:test/unit/%.c=$(DIR)/%))
DATA_PROGRAMS = $(call names,$(DATA_SRCS:test/unit/%.c=$(DIR)/%))

CORE_OBJS = $(CORE_SRCS:src/%.c=$(DIR)/core/%.o)
SUPPORT_OBJS = $(SUPPORT_SRCS:test/unit/%.c=$(DIR)/%.o)

FLAGS = $(CO_STANDARD_FLAGS) $(CO_WARNING_FLAGS) $(CO_INCLUDE_FLAGS) \
	$(CO_DEFINES) $(OPT) $(VARIANT_FLAGS) $(CO_CFLAGS)

.PHONY: core programs data-programs unit data objects

objects: $(CORE_OBJS)
core: $(DIR)/libcore.a
programs: $(CHECK_PROGRAMS)
data-programs: $(DATA_PROGRAMS)

# Objects are compiled again when the flags change.
$(DIR)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(CC) $(subst ','\'',$(FLAGS))' > $@

.PHONY: FORCE
FORCE:

$(DIR)/core/%.o: src/%.c $(DIR)/flags
	@mkdir -p $(@D)
	$(call say,CC $<)$(CC) $(FLAGS) -MMD -MP -c -o $@ $<

$(DIR)/%.o: test/unit/%.c $(DIR)/flags
	@mkdir -p $(@D)
	$(call say,CC $<)$(CC) $(FLAGS) -Itest/unit -MMD -MP -c -o $@ $<

$(DIR)/%.o: bench/core/%.c $(DIR)/flags
	@mkdir -p $(@D)
	$(call say,CC $<)$(CC) $(FLAGS) -Itest/unit -MMD -MP -c -o $@ $<

$(DIR)/libcore.a: $(CORE_OBJS)
	@rm -f $@
	$(call say,AR $@)$(AR) rcs $@ $^

$(DIR)/libsupport.a: $(SUPPORT_OBJS)
	@rm -f $@
	$(call say,AR $@)$(AR) rcs $@ $^

$(DIR)/%: $(DIR)/%.o $(DIR)/libsupport.a $(DIR)/libcore.a
	$(call say,LD $@)$(CC) $(OPT) $(VARIANT_FLAGS) -o $@ $< $(DIR)/libsupport.a $(DIR)/libcore.a \
		$(LIBS_$(@F)) $(CORE_LIBS) -ldl

.SECONDARY:

RUN_UNIT = CO_DATA='$(CO_DATA)' tools/run_unit.sh -j $(JOBS) -t $(SECONDS_EACH) \
	-d $(DIR) $(if $(TEST),-T '$(TEST)') $(if $(WRAPPER),-w '$(WRAPPER)')

unit: $(CHECK_PROGRAMS)
	@$(RUN_UNIT) -n unit -s '$(notdir $(SKIPPED_SRCS:.c=))' -r 'its oracle is not installed' \
		$(CHECK_PROGRAMS)

# The instances of the literature: skipped as a whole where they are not.
ifneq ($(wildcard $(CO_DATA)),)
data: $(DATA_PROGRAMS)
	@$(RUN_UNIT) -n data $(DATA_PROGRAMS) $(sort $(wildcard test/data/*.sh))
else
data:
	@$(RUN_UNIT) -n data -r 'there is no $(CO_DATA)' \
		-s '$(notdir $(DATA_SRCS:.c=)) $(notdir $(wildcard test/data/*.sh))'
endif

-include $(shell find $(DIR) -name '*.d' 2>/dev/null)
