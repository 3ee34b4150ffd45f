/*-------------------------------------------------------------------------
 *
 * t_status.c
 *	  base/status.h: every outcome has a word of its own.  The words are
 *	  stored by users, so those already released must stay as they are.
 *
 *-------------------------------------------------------------------------
 */
#include "check.h"

#include <ctype.h>

#include "base/status.h"

static bool
is_word(const char *s)
{
	if (!s || !islower((unsigned char) *s))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char) *s) && *s != '_')
			return false;
	return true;
}

static void
test_status_words(void)
{
	CHECK_INT(CO_OPTIMAL, 0);
	for (int i = 0; i < CO_N_STATUS; i++)
	{
		CHECK(is_word(co_status_word((CoStatus) i)));
		CHECK(co_status_meaning((CoStatus) i) && *co_status_meaning((CoStatus) i));
		for (int k = 0; k < i; k++)
			CHECK(strcmp(co_status_word((CoStatus) i), co_status_word((CoStatus) k)) != 0);
	}
	CHECK_STR(co_status_word(CO_OPTIMAL), "optimal");
	CHECK_STR(co_status_word(CO_ACCEPTABLE), "acceptable");
	CHECK_STR(co_status_word(CO_INFEASIBLE), "infeasible");
	CHECK_STR(co_status_word(CO_LOCALLY_INFEASIBLE), "locally_infeasible");
	CHECK_STR(co_status_word(CO_UNBOUNDED), "unbounded");
	CHECK_STR(co_status_word(CO_FEASIBLE), "feasible");
	CHECK_STR(co_status_word(CO_FAILED), "failed");
}

static void
test_termination_words(void)
{
	for (int i = 0; i < CO_N_TERMINATION; i++)
	{
		CHECK(is_word(co_termination_word((CoTermination) i)));
		CHECK(co_termination_meaning((CoTermination) i) &&
			  *co_termination_meaning((CoTermination) i));
		for (int k = 0; k < i; k++)
			CHECK(strcmp(co_termination_word((CoTermination) i),
						 co_termination_word((CoTermination) k)) != 0);
	}
	CHECK_STR(co_termination_word(CO_TERM_SUCCESSFUL), "successful");
	CHECK_STR(co_termination_word(CO_TERM_INFEASIBLE), "infeasible");
	CHECK_STR(co_termination_word(CO_TERM_MAX_STEPS), "nonlinear_max_steps_reached");
	CHECK_STR(co_termination_word(CO_TERM_TIME_LIMIT), "time_limit");
	CHECK_STR(co_termination_word(CO_TERM_MEMORY_LIMIT), "memory_limit");
}

/* CO_NO_BLAS is the last; a new code without words is found by "unknown". */
static void
test_rc_words(void)
{
	CHECK_INT(CO_OK, 0);
	for (int i = CO_OK; i <= CO_NO_BLAS; i++)
	{
		CHECK(strcmp(co_rc_word((CoRc) i), "unknown") != 0);
		for (int k = 0; k < i; k++)
			CHECK(strcmp(co_rc_word((CoRc) i), co_rc_word((CoRc) k)) != 0);
	}
	CHECK_STR(co_rc_word(CO_OK), "ok");
	CHECK_STR(co_rc_word(CO_CANCELED), "canceled");
	CHECK_STR(co_rc_word((CoRc) (CO_NO_BLAS + 1)), "unknown");
}

CHECK_MAIN(TEST(test_status_words), TEST(test_termination_words), TEST(test_rc_words))
