/*-------------------------------------------------------------------------
 *
 * pg/pg_blas.c
 *	  OpenBLAS, loaded at the first solve that needs it.
 *
 * Loaded by dlopen instead of at link time, and only the serial build by its
 * full path, because in a backend a library's own threads are a danger: they
 * start with the server's signals unblocked, and a signal handler of the
 * server would run in them.  Everything that could start one is closed three
 * times: the serial build, OPENBLAS_NUM_THREADS=1, all signals blocked while
 * the library initializes.  RTLD_LOCAL and RTLD_DEEPBIND keep another
 * extension's BLAS from being bound instead of ours and ours from being bound
 * by others.
 *
 * OpenBLAS loops for ever when its work buffer cannot be mapped.  So the space
 * is probed first, and a product large enough to need the buffer is computed
 * at once: the library keeps the buffer for the life of the process.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>

#include "pg/pg_blas.h"

/*
 * Twice the 134 MB that OpenBLAS 0.3 maps for one thread's buffer, so that
 * what the solve itself takes next does not meet the limit at once.
 */
#define PROBE_BYTES		((size_t) 256 * 1024 * 1024)

/* Products of 64 x 64 take a path without the buffer; 256 x 256 need it. */
#define WARM_UP_SIZE	256

#define THREADS_VARIABLE "OPENBLAS_NUM_THREADS"

static CoBlas blas_table;
static bool blas_is_loaded = false;
static bool blas_lacks_space = false;
static char blas_failure[256];

const char *
copg_blas_failure(void)
{
	return blas_failure;
}

bool
copg_blas_lacks_space(void)
{
	return blas_lacks_space;
}

static bool
space_is_available(void)
{
	void	   *probe = mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE,
							 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	blas_lacks_space = probe == MAP_FAILED;
	if (blas_lacks_space)
	{
		snprintf(blas_failure, sizeof blas_failure,
				 "%d MB of address space are not available.",
				 (int) (PROBE_BYTES >> 20));
		return false;
	}
	munmap(probe, PROBE_BYTES);
	return true;
}

static bool
find_symbol(void *library, const char *name, void *slot)
{
	void	   *symbol = dlsym(library, name);

	if (symbol == NULL)
	{
		snprintf(blas_failure, sizeof blas_failure,
				 "Symbol \"%s\" is missing in \"%s\".", name, CO_BLAS_PATH);
		return false;
	}
	/* POSIX's way from an object pointer to a function pointer */
	memcpy(slot, &symbol, sizeof symbol);
	return true;
}

static bool
fill_table(void *library, CoBlas *table)
{
	return find_symbol(library, "dgemm_", &table->dgemm) &&
		find_symbol(library, "dsyrk_", &table->dsyrk) &&
		find_symbol(library, "dtrsm_", &table->dtrsm) &&
		find_symbol(library, "dtrsv_", &table->dtrsv) &&
		find_symbol(library, "dgemv_", &table->dgemv) &&
		find_symbol(library, "dsymv_", &table->dsymv) &&
		find_symbol(library, "dpotrf_", &table->dpotrf);
}

static void
warm_up(const CoBlas *table, double *work)
{
	int			n = WARM_UP_SIZE;
	double		one = 1.0;
	double		zero = 0.0;

	table->dgemm("N", "N", &n, &n, &n, &one, work, &n, work, &n, &zero,
				 work + (size_t) n * n, &n);
}

static bool
open_library(double *work)
{
	CoBlas		table;
	void	   *library = dlopen(CO_BLAS_PATH,
								 RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

	if (library == NULL)
	{
		strlcpy(blas_failure, dlerror(), sizeof blas_failure);
		return false;
	}
	if (!fill_table(library, &table))
	{
		dlclose(library);
		return false;
	}
	warm_up(&table, work);
	blas_table = table;
	return true;
}

static void
restore_variable(const char *old_value)
{
	if (old_value)
		setenv(THREADS_VARIABLE, old_value, 1);
	else
		unsetenv(THREADS_VARIABLE);
}

/*
 * Nothing between the two sigprocmask calls can leave by longjmp: no palloc,
 * no ereport.  Faults of the processor stay unblocked, they are not signals
 * somebody sends.
 */
static bool
open_quietly(const char *old_threads, double *work)
{
	sigset_t	all,
				old;
	bool		done;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGABRT);
	sigprocmask(SIG_BLOCK, &all, &old);
	setenv(THREADS_VARIABLE, "1", 1);
	done = space_is_available() && open_library(work);
	restore_variable(old_threads);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return done;
}

const CoBlas *
copg_blas(void)
{
	const char *threads = getenv(THREADS_VARIABLE);
	char	   *old_threads;
	double	   *work;

	if (blas_is_loaded)
		return &blas_table;
	blas_failure[0] = '\0';
	old_threads = threads ? pstrdup(threads) : NULL;
	work = palloc0(2 * WARM_UP_SIZE * WARM_UP_SIZE * sizeof(double));
	blas_is_loaded = open_quietly(old_threads, work);
	pfree(work);
	if (old_threads)
		pfree(old_threads);
	return blas_is_loaded ? &blas_table : NULL;
}
