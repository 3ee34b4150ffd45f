/*-------------------------------------------------------------------------
 *
 * pg/pg_solution.c
 *	  The flat value of type opt_solution: layout, arguments, looking up.
 *
 * A stored value may be corrupt or forged, and an accessor may be called once
 * per row of a large table.  So a view checks what costs nothing per row
 * (that the counts add up to the value's size, that the strings end), and
 * every index read from the value is compared with its range before it is
 * used.  No content can then lead to a read outside of the value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_solution.h"

/* Rows or leaves handled between two looks at the interrupts: under 10 ms. */
#define ROWS_PER_POLL	65536

#define ALIGNMENT		8

StaticAssertDecl(sizeof(CopgSolutionHeader) % ALIGNMENT == 0,
				 "the arrays behind the header are aligned");
StaticAssertDecl(sizeof(CopgSolutionHeader) > VARATT_SHORT_MAX,
				 "no valid value has a short header");
StaticAssertDecl(sizeof(CopgIteration) == 7 * sizeof(double) + 4 * sizeof(int32),
				 "a line of the log has no padding");

static void report_corrupt(const char *detail) pg_attribute_noreturn();

static void
report_corrupt(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid value of type %s", "opt_solution"),
			 errdetail("%s", detail)));
}

/* Slots for count entries: at most half full; 0 for none. */
static uint64
table_size(int32 count)
{
	return count > 0 ? pg_nextpower2_64(2 * (uint64) count + 2) : 0;
}

static uint64
take_bytes(uint64 *at, uint64 count, uint64 size)
{
	uint64		start = *at;

	*at += TYPEALIGN64(ALIGNMENT, count * size);
	return start;
}

/*
 * The size of a value with the counts of *head, and, where base is not NULL,
 * the pointers into it.  Counts are below 2^31: 64 bits cannot overflow.
 */
static uint64
lay_out(char *base, const CopgSolutionHeader *head, CopgSolution *sol)
{
	uint64		n_leaf = head->n_leaf;
	uint64		n_row = head->n_row;
	uint64		at = sizeof(CopgSolutionHeader);
	bool		has_ray = (head->flags & COPG_HAS_RAY) != 0;
	bool		has_shift = (head->flags & COPG_HAS_SHIFT) != 0;
	bool		has_proof = (head->flags & COPG_HAS_PROOF) != 0;
	uint64		start;

#define PLACE(field, count, present) \
	start = take_bytes(&at, (present) ? (count) : 0, sizeof *sol->field); \
	sol->field = (base && (present)) ? (void *) (base + start) : NULL

	PLACE(value, n_leaf, true);
	PLACE(reduced_cost, n_leaf, true);
	PLACE(ray, n_leaf, has_ray);
	PLACE(activity, n_row, true);
	PLACE(dual, n_row, true);
	PLACE(shift, n_row, has_shift);
	PLACE(proof, n_row, has_proof);
	PLACE(log, (uint64) head->n_log, true);
	PLACE(leaf_slot, table_size(head->n_leaf), true);
	PLACE(row_slot, table_size(head->n_row), true);
	PLACE(text, (uint64) head->n_text, true);
	PLACE(problem_flat, (uint64) head->problem_size, true);
#undef PLACE
	sol->leaf_mask = (int) table_size(head->n_leaf) - 1;
	sol->row_mask = (int) table_size(head->n_row) - 1;
	return at;
}

bool
copg_solution_words_valid(const CopgSolutionHeader *head)
{
	return head->status < CO_N_STATUS && head->termination < CO_N_TERMINATION &&
		head->path <= CO_KKT_SPARSE && head->problem_class <= CO_CLASS_NLP &&
		(head->flags & ~COPG_ALL_FLAGS) == 0;
}

static void
check_header(const CopgSolutionHeader *head, Size size)
{
	if (size < sizeof(CopgSolutionHeader))
		report_corrupt("The value is shorter than its header.");
	if (head->version != COPG_SOLUTION_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid value of type %s", "opt_solution"),
				 errdetail("The value has format version %d; this server reads version %d.",
						   head->version, COPG_SOLUTION_VERSION)));
	if (!copg_solution_words_valid(head))
		report_corrupt("The value has an unknown status, termination, path, class or flag.");
	if (head->n_leaf < 0 || head->n_row < 0 || head->n_log < 0 ||
		head->n_text <= 0 || head->problem_size < (int32) sizeof(CoBlockHeader))
		report_corrupt("A count is out of range.");
}

/* The embedded block: its counts must add up to the size it is given. */
static void
view_problem(CopgSolution *sol)
{
	const CoBlockHeader *block = (const CoBlockHeader *) sol->problem_flat;
	const CopgSolutionHeader *head = sol->head;

	if (block->version != CO_BLOCK_VERSION || block->kind != CO_BLOCK_PROBLEM)
		report_corrupt("The embedded problem has an unknown format.");
	if ((int64) block->n_row - 1 != head->n_row || block->n_leaf != head->n_leaf ||
		block->n_lin < 0 || block->n_quad < 0 || block->n_code < 0 ||
		block->n_str < 0 || block->n_bound < 0 || block->n_bound_code < 0)
		report_corrupt("The counts of the embedded problem are out of range.");
	co_block_view(sol->problem_flat, &sol->problem);
	if (co_block_size(&sol->problem) != (size_t) head->problem_size)
		report_corrupt("The embedded problem does not have the size of its counts.");
	if (block->n_str > 0 && sol->problem.str[block->n_str - 1] != '\0')
		report_corrupt("The strings of the embedded problem do not end.");
}

void
copg_solution_view(void *flat, CopgSolution *sol)
{
	CopgSolutionHeader *head = flat;
	Size		size = VARSIZE(flat);

	check_header(head, size);
	if (lay_out((char *) flat, head, sol) != size)
		report_corrupt("The value does not have the size of its counts.");
	sol->head = head;
	for (int i = 0; i < COPG_N_TEXT; i++)
		if (head->text[i] < 0 || head->text[i] >= head->n_text)
			report_corrupt("The offset of a text is out of range.");
	if (sol->text[head->n_text - 1] != '\0')
		report_corrupt("The texts do not end.");
	view_problem(sol);
}

static void
check_size(const CopgSolutionHeader *head, uint64 size)
{
	if (head->problem_size == 0 || copg_is_oversize(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the solution is too large for a value of type %s", "opt_solution"),
				 errdetail("It has %d variables and parameters and %d constraints, and holds its problem.",
						   head->n_leaf, head->n_row),
				 errhint("It cannot be stored, but read where it is made: SELECT ... FROM (SELECT opt_solve(...) AS sol FROM ...) s, opt_variables(sol).")));
}

void
copg_solution_new(const CopgSolutionHeader *counts, const CoBlock *problem, bool may_lend,
				  CopgSolution *sol)
{
	CopgSolutionHeader head = *counts;
	size_t		problem_size = co_block_size(problem);
	bool		lends = may_lend && (problem_size == 0 || problem_size >= COPG_LENT_FROM);
	uint64		size;

	head.version = COPG_SOLUTION_VERSION;
	head.n_leaf = problem->n_leaf;
	head.n_row = problem->n_row - 1;
	head.problem_size = (int32) problem_size;
	size = lay_out(NULL, &head, sol);
	if (lends)
		size -= TYPEALIGN64(ALIGNMENT, (uint64) head.problem_size);
	else
		check_size(&head, size);

	sol->head = MemoryContextAllocExtended(CurrentMemoryContext, size,
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	*sol->head = head;
	lay_out((char *) sol->head, &head, sol);
	if (lends)
	{
		sol->problem_flat = NULL;
		sol->problem = *problem;
		return;
	}
	SET_VARSIZE(sol->head, size);
	co_block_write(problem, sol->problem_flat);
	SET_VARSIZE(sol->problem_flat, head.problem_size);
	co_block_view(sol->problem_flat, &sol->problem);
}

/*--------------------------------------------------------------------------
 * Values whose problem is lent
 *--------------------------------------------------------------------------
 */

typedef struct LentSolution
{
	ExpandedObjectHeader head;
	CopgSolution sol;
} LentSolution;

static Size
lent_size(ExpandedObjectHeader *head)
{
	const CopgSolutionHeader *counts = ((LentSolution *) head)->sol.head;
	CopgSolution scratch;
	uint64		size = lay_out(NULL, counts, &scratch);

	check_size(counts, size);
	return (Size) size;
}

static void
write_lent(ExpandedObjectHeader *head, void *result, Size size)
{
	const CopgSolution *sol = &((LentSolution *) head)->sol;
	Size		problem_size = (Size) sol->head->problem_size;
	Size		front = size - TYPEALIGN(ALIGNMENT, problem_size);
	char	   *problem = (char *) result + front;

	memcpy(result, sol->head, front);
	SET_VARSIZE(result, size);
	co_block_write(&sol->problem, problem);
	SET_VARSIZE(problem, problem_size);
	memset(problem + problem_size, 0, size - front - problem_size);
}
static const ExpandedObjectMethods lent_methods = {
	.get_flat_size = lent_size,
	.flatten_into = write_lent
};

Datum
copg_solution_datum(const CopgSolution *sol)
{
	LentSolution *lent;

	if (sol->problem_flat != NULL)
		return PointerGetDatum(sol->head);
	lent = palloc(sizeof(LentSolution));
	lent->sol = *sol;
	return copg_lend(&lent->head, &lent_methods);
}

/*--------------------------------------------------------------------------
 * Looking up
 *--------------------------------------------------------------------------
 */

static inline int
first_slot(uint64 id, int mask)
{
	return (int) ((id ^ (id >> 32)) & (uint64) mask);
}

const char *
copg_solution_string(const CopgSolution *sol, int offset)
{
	if (offset < 0)
		return NULL;
	if (offset >= sol->problem.n_str)
		report_corrupt("The offset of a name is out of range.");
	return sol->problem.str + offset;
}

const char *
copg_solution_text(const CopgSolution *sol, CopgText which)
{
	return sol->text + sol->head->text[which];
}

static bool
same_label(const char *name_a, const char *key_a, const char *name_b, const char *key_b)
{
	if ((key_a == NULL) != (key_b == NULL) || name_a == NULL || name_b == NULL)
		return false;
	return strcmp(name_a, name_b) == 0 && (key_a == NULL || strcmp(key_a, key_b) == 0);
}

static bool
leaf_has_label(const CopgSolution *sol, int leaf, const char *name, const char *key)
{
	return same_label(copg_solution_string(sol, sol->problem.leaf_name[leaf]),
					  copg_solution_string(sol, sol->problem.leaf_key[leaf]),
					  name, key);
}

static bool
row_has_label(const CopgSolution *sol, int row, const char *name, const char *key)
{
	return same_label(copg_solution_string(sol, sol->problem.row_name[row + 1]),
					  copg_solution_string(sol, sol->problem.row_key[row + 1]),
					  name, key);
}

int
copg_solution_leaf_after(const CopgSolution *sol, int *last, uint64 id,
						 const char *name, const char *key)
{
	int			next = *last + 1;

	if (next < 0 || next >= sol->head->n_leaf || sol->problem.leaf_id[next] != id ||
		!leaf_has_label(sol, next, name, key))
		next = copg_solution_leaf(sol, id, name, key);
	*last = next;
	return next;
}

int
copg_solution_leaf(const CopgSolution *sol, uint64 id, const char *name, const char *key)
{
	int			slot = first_slot(id, sol->leaf_mask);

	for (int probes = 0; probes <= sol->leaf_mask; probes++)
	{
		int			entry = sol->leaf_slot[slot];

		if (entry == 0)
			return -1;
		if (entry < 0 || entry > sol->head->n_leaf)
			report_corrupt("An entry of the table of variables is out of range.");
		if (sol->problem.leaf_id[entry - 1] == id &&
			leaf_has_label(sol, entry - 1, name, key))
			return entry - 1;
		slot = (slot + 1) & sol->leaf_mask;
	}
	return -1;
}

/* The slot of the label's row, or the empty one where it belongs; -1: full. */
static int
find_row_slot(const CopgSolution *sol, const char *name, const char *key)
{
	int			slot = first_slot(co_leaf_id(name, key), sol->row_mask);

	for (int probes = 0; probes <= sol->row_mask; probes++)
	{
		int			entry = sol->row_slot[slot];
		int			row = entry < 0 ? -(entry + 1) : entry - 1;

		if (entry == 0)
			return slot;
		if (row >= sol->head->n_row)
			report_corrupt("An entry of the table of constraints is out of range.");
		if (row_has_label(sol, row, name, key))
			return slot;
		slot = (slot + 1) & sol->row_mask;
	}
	return -1;
}

int
copg_solution_row(const CopgSolution *sol, const char *name, const char *key)
{
	int			slot = sol->row_mask < 0 ? -1 : find_row_slot(sol, name, key);
	int			entry = slot < 0 ? 0 : sol->row_slot[slot];

	return entry > 0 ? entry - 1 : entry < 0 ? COPG_ROW_AMBIGUOUS : COPG_ROW_UNKNOWN;
}

static void
index_leaves(CopgSolution *sol)
{
	for (int i = 0; i < sol->head->n_leaf; i++)
	{
		int			slot = first_slot(sol->problem.leaf_id[i], sol->leaf_mask);

		while (sol->leaf_slot[slot] != 0)
			slot = (slot + 1) & sol->leaf_mask;
		sol->leaf_slot[slot] = i + 1;
		if (i % ROWS_PER_POLL == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/*
 * A label that several constraints share keeps one entry, marked: a million
 * constraints under one name must not make a million probes each.
 */
static void
index_rows(CopgSolution *sol)
{
	for (int i = 0; i < sol->head->n_row; i++)
	{
		const char *name = copg_solution_string(sol, sol->problem.row_name[i + 1]);
		int			slot;

		if (i % ROWS_PER_POLL == 0)
			CHECK_FOR_INTERRUPTS();
		if (name == NULL)
			continue;
		slot = find_row_slot(sol, name,
							 copg_solution_string(sol, sol->problem.row_key[i + 1]));
		if (sol->row_slot[slot] == 0)
			sol->row_slot[slot] = i + 1;
		else if (sol->row_slot[slot] > 0)
			sol->row_slot[slot] = -sol->row_slot[slot];
	}
}

void
copg_solution_index(CopgSolution *sol)
{
	index_leaves(sol);
	index_rows(sol);
}

bool
copg_solution_has_point(const CopgSolution *sol)
{
	return (sol->head->flags & COPG_HAS_POINT) != 0 &&
		(sol->head->status == CO_OPTIMAL || sol->head->status == CO_ACCEPTABLE ||
		 sol->head->status == CO_FEASIBLE);
}

/* The multipliers of a point that is not a KKT point price nothing. */
bool
copg_solution_has_duals(const CopgSolution *sol)
{
	return (sol->head->flags & COPG_HAS_POINT) != 0 &&
		(sol->head->status == CO_OPTIMAL || sol->head->status == CO_ACCEPTABLE);
}

double
copg_solution_row_lower(const CopgSolution *sol, int row)
{
	return sol->problem.lower[row + 1] - (sol->shift ? sol->shift[row] : 0.0);
}

double
copg_solution_row_upper(const CopgSolution *sol, int row)
{
	return sol->problem.upper[row + 1] - (sol->shift ? sol->shift[row] : 0.0);
}

/*--------------------------------------------------------------------------
 * Arguments
 *--------------------------------------------------------------------------
 */

typedef struct FetchedValue		/* in fn_extra */
{
	int			last_leaf;		/* of copg_solution_last_leaf() */
	struct varlena *raw;		/* the last toasted value, as it was handed in */
	Size		raw_size;
	void	   *flat;
} FetchedValue;

static FetchedValue *
kept_value(FunctionCallInfo fcinfo)
{
	FetchedValue *kept = fcinfo->flinfo->fn_extra;

	if (kept == NULL)
	{
		kept = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(FetchedValue));
		kept->last_leaf = -1;
		fcinfo->flinfo->fn_extra = kept;
	}
	return kept;
}

int *
copg_solution_last_leaf(FunctionCallInfo fcinfo)
{
	return &kept_value(fcinfo)->last_leaf;
}

/*
 * The raw bytes are the key: for a value out of line they are its toast
 * pointer, for one compressed in line the compressed bytes, at most a page.
 */
static void *
fetch_once(FunctionCallInfo fcinfo, struct varlena *raw)
{
	FetchedValue *kept = kept_value(fcinfo);
	Size		raw_size = VARSIZE_ANY(raw);
	MemoryContext old;

	if (kept->raw && kept->raw_size == raw_size &&
		memcmp(kept->raw, raw, raw_size) == 0)
		return kept->flat;

	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (kept->raw)
	{
		pfree(kept->raw);
		pfree(kept->flat);
		kept->raw = NULL;
	}
	kept->flat = pg_detoast_datum_copy(raw);
	kept->raw = memcpy(palloc(raw_size), raw, raw_size);
	kept->raw_size = raw_size;
	MemoryContextSwitchTo(old);
	return kept->flat;
}

void
copg_solution_arg(FunctionCallInfo fcinfo, int argno, CopgSolution *sol)
{
	struct varlena *raw = (struct varlena *) DatumGetPointer(PG_GETARG_DATUM(argno));
	LentSolution *lent = (LentSolution *) copg_lent(PointerGetDatum(raw), &lent_methods);
	void	   *flat = raw;

	if (lent)
	{
		*sol = lent->sol;
		return;
	}
	if (VARATT_IS_EXTERNAL_ONDISK(raw) || (!VARATT_IS_EXTERNAL(raw) && VARATT_IS_COMPRESSED(raw)))
		flat = fetch_once(fcinfo, raw);
	else if (!VARATT_IS_4B_U(raw) || (uintptr_t) raw % ALIGNMENT != 0)
		flat = pg_detoast_datum_copy(raw);
	copg_solution_view(flat, sol);
}

void
copg_solution_numbers(CopgSolution *sol)
{
	CoError		error = {.position = -1};
	CoBlock		checked;

	if (sol->problem.n_bound == 0)
		return;
	if (sol->problem_flat != NULL &&
		co_block_validate(sol->problem_flat, (size_t) sol->head->problem_size, &checked,
						  &error) != CO_OK)
		report_corrupt(error.message);
	copg_block_numbers(&sol->problem, sol->value);
}
