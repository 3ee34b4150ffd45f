/*-------------------------------------------------------------------------
 *
 * base/status.c
 *	  The words of base/status.h.
 *
 *-------------------------------------------------------------------------
 */
#include "base/status.h"

static const char *const status_words[CO_N_STATUS] = {
#define CO_STATUS(symbol, word, meaning) word,
#include "base/status.def"
#undef CO_STATUS
};

static const char *const status_meanings[CO_N_STATUS] = {
#define CO_STATUS(symbol, word, meaning) meaning,
#include "base/status.def"
#undef CO_STATUS
};

static const char *const termination_words[CO_N_TERMINATION] = {
#define CO_TERMINATION(symbol, word, meaning) word,
#include "base/status.def"
#undef CO_TERMINATION
};

static const char *const termination_meanings[CO_N_TERMINATION] = {
#define CO_TERMINATION(symbol, word, meaning) meaning,
#include "base/status.def"
#undef CO_TERMINATION
};

const char *
co_status_word(CoStatus status)
{
	return status_words[status];
}

const char *
co_status_meaning(CoStatus status)
{
	return status_meanings[status];
}

const char *
co_termination_word(CoTermination termination)
{
	return termination_words[termination];
}

const char *
co_termination_meaning(CoTermination termination)
{
	return termination_meanings[termination];
}

const char *
co_rc_word(CoRc rc)
{
	switch (rc)
	{
		case CO_OK:
			return "ok";
		case CO_CANCELED:
			return "canceled";
		case CO_NO_MEMORY:
			return "out of memory";
		case CO_MEMORY_EXCEEDED:
			return "memory limit exceeded";
		case CO_TIME_EXCEEDED:
			return "time limit exceeded";
		case CO_SINGULAR:
			return "singular matrix";
		case CO_NOT_POSITIVE:
			return "matrix not positive definite";
		case CO_NOT_FINITE:
			return "value not finite";
		case CO_NOT_CONVEX:
			return "not convex";
		case CO_BAD_INPUT:
			return "bad input";
		case CO_NO_BLAS:
			return "dense kernels not available";
	}
	return "unknown";
}
