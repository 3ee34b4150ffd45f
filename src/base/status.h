/*-------------------------------------------------------------------------
 *
 * base/status.h
 *	  The vocabulary of outcomes: return codes of core functions (CoRc), what
 *	  a returned point is (CoStatus), why a method stopped (CoTermination).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_BASE_STATUS_H
#define CO_BASE_STATUS_H

/*
 * What a core function answers.  Only CO_OK leaves its outputs defined,
 * unless the function says otherwise.
 */
typedef enum CoRc
{
	CO_OK = 0,
	CO_CANCELED,				/* poll() said stop */
	CO_NO_MEMORY,				/* alloc() failed, or a size overflowed */
	CO_MEMORY_EXCEEDED,			/* the predicted memory exceeds the limit */
	CO_TIME_EXCEEDED,			/* the deadline passed */
	CO_SINGULAR,				/* a factorization found a zero pivot */
	CO_NOT_POSITIVE,			/* a Cholesky factorization broke down */
	CO_NOT_FINITE,				/* NaN or infinity where a number is needed */
	CO_NOT_CONVEX,				/* proved: the objective has negative
								 * curvature */
	CO_BAD_INPUT,				/* misuse; a CoError says what */
	CO_NO_BLAS					/* the dense kernels could not be loaded */
} CoRc;

typedef enum CoStatus
{
#define CO_STATUS(symbol, word, meaning) CO_##symbol,
#include "base/status.def"
#undef CO_STATUS
	CO_N_STATUS
} CoStatus;

typedef enum CoTermination
{
#define CO_TERMINATION(symbol, word, meaning) CO_TERM_##symbol,
#include "base/status.def"
#undef CO_TERMINATION
	CO_N_TERMINATION
} CoTermination;

/* What class of error a message belongs to. */
typedef enum CoErrorKind
{
	CO_ERROR_VALUE = 0,			/* a value that is not allowed; in a text, the
								 * text */
	CO_ERROR_RANGE,				/* a number too large, or none */
	CO_ERROR_DIVISION,			/* by zero */
	CO_ERROR_DEPTH,				/* nested too deeply */
	CO_ERROR_SIZE,				/* more than can be counted */
	CO_ERROR_UNDEFINED,			/* a name that nothing defines */
	CO_ERROR_UNSUPPORTED		/* what is not there yet */
} CoErrorKind;

/* A message about the user's input; position is a byte offset or -1. */
typedef struct CoError
{
	CoErrorKind kind;
	char		message[256];
	char		detail[256];	/* empty: none */
	char		hint[256];		/* empty: none */
	int			position;
} CoError;

/* For the end of a function that has filled all but the kind. */
static inline CoRc
co_error_as(CoError *error, CoErrorKind kind)
{
	error->kind = kind;
	return CO_BAD_INPUT;
}

extern const char *co_status_word(CoStatus status);
extern const char *co_status_meaning(CoStatus status);
extern const char *co_termination_word(CoTermination termination);
extern const char *co_termination_meaning(CoTermination termination);
extern const char *co_rc_word(CoRc rc);

#endif							/* CO_BASE_STATUS_H */
