/*-------------------------------------------------------------------------
 *
 * check.h
 *	  The smallest test frame: every t_<module>.c is one program.
 *
 *		static void test_norm(void) { CHECK(1 + 1 == 2); CHECK_NEAR(x, 2.0, 1e-12); }
 *		CHECK_MAIN(TEST(test_norm), TEST(test_other))
 *
 * A program prints "not ok NAME" with file:line for each failed test and ends
 * with "# PROGRAM: N passed, N failed, N skipped"; its exit code is the number
 * of failures (at most 1).  An argument runs only the tests whose name has it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct CheckTest
{
	const char *name;
	void		(*run) (void);
} CheckTest;

static int	check_failures;		/* in the running test */
static const char *check_skipped;	/* reason, when the running test was skipped */

#define CHECK(cond) \
	do { \
		if (!(cond) && check_failures++ < 10) \
			printf("  %s:%d: %s\n", __FILE__, __LINE__, #cond); \
	} while (0)

/* |got - want| <= tol, NaN fails */
#define CHECK_NEAR(got, want, tol) \
	do { \
		double got_ = (got), want_ = (want); \
		if (!(fabs(got_ - want_) <= (tol)) && check_failures++ < 10) \
			printf("  %s:%d: %s = %.17g, expected %.17g within %g\n", \
				   __FILE__, __LINE__, #got, got_, want_, (double) (tol)); \
	} while (0)

#define CHECK_INT(got, want) \
	do { \
		long long got_ = (got), want_ = (want); \
		if (got_ != want_ && check_failures++ < 10) \
			printf("  %s:%d: %s = %lld, expected %lld\n", \
				   __FILE__, __LINE__, #got, got_, want_); \
	} while (0)

#define CHECK_STR(got, want) \
	do { \
		const char *got_ = (got), *want_ = (want); \
		if (strcmp(got_, want_) != 0 && check_failures++ < 10) \
			printf("  %s:%d: %s = \"%s\", expected \"%s\"\n", \
				   __FILE__, __LINE__, #got, got_, want_); \
	} while (0)

#define SKIP(reason) \
	do { check_skipped = (reason); return; } while (0)

static inline int
check_run(const CheckTest *tests, int n, int argc, char **argv, const char *file)
{
	int			passed = 0,
				failed = 0,
				skipped = 0;

	for (int i = 0; i < n; i++)
	{
		if (argc > 1 && !strstr(tests[i].name, argv[1]))
			continue;
		check_failures = 0;
		check_skipped = NULL;
		tests[i].run();
		fflush(stdout);
		if (check_failures)
		{
			failed++;
			printf("not ok %s (%d failed checks)\n", tests[i].name, check_failures);
		}
		else if (check_skipped)
		{
			skipped++;
			printf("skipped %s: %s\n", tests[i].name, check_skipped);
		}
		else
			passed++;
	}
	printf("# %s: %d passed, %d failed, %d skipped\n", file, passed, failed, skipped);
	return failed ? 1 : 0;
}

#define TEST(function) {#function, function}
#define CHECK_MAIN(...) \
	int \
	main(int argc, char **argv) \
	{ \
		static const CheckTest tests[] = {__VA_ARGS__}; \
		return check_run(tests, (int) (sizeof tests / sizeof *tests), argc, argv, __FILE__); \
	}

#endif							/* CHECK_H */
