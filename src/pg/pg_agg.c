/*-------------------------------------------------------------------------
 *
 * pg/pg_agg.c
 *	  Aggregates: sum, avg, opt_all, and the triplets opt_lin and opt_quad.
 *
 * The state is a builder over an arena in the aggregate's context.  Over no
 * rows they are NULL, as SQL says; the operators and opt_minimize refuse that
 * NULL, so that a join that lost its rows cannot make a term or a constraint
 * disappear.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "expr/algebra.h"
#include "expr/canonical.h"
#include "pg/pg_agg.h"
#include "pg/pg_block.h"
#include "pg/pg_compat.h"
#include "pg/pg_env.h"
#include "pg/pg_error.h"

/*--------------------------------------------------------------------------
 * Shared parts (pg/pg_agg.h)
 *--------------------------------------------------------------------------
 */

MemoryContext
copg_agg_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

typedef struct Packed
{
	int32		vl_len_;
	int32		reserved;
	int64		n;
	char		flat[FLEXIBLE_ARRAY_MEMBER];
} Packed;

bytea *
copg_agg_pack(const CoBlock *block, int64 n)
{
	size_t		size = co_block_size(block);
	Packed	   *packed;

	if (size == 0 || size + sizeof(Packed) > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the part of a parallel worker would be larger than 1 GB"),
				 errhint("Set max_parallel_workers_per_gather to 0 for this query.")));
	packed = palloc(sizeof(Packed) + size);
	SET_VARSIZE(packed, sizeof(Packed) + size);
	packed->reserved = 0;
	packed->n = n;
	SET_VARSIZE(packed->flat, size);
	co_block_write(block, packed->flat);
	return (bytea *) packed;
}

int64
copg_agg_unpack(bytea *packed, CoBlock *block)
{
	Packed	   *aligned = (Packed *) packed;

	/* A bytea that came through a tuple is aligned to integers only. */
	if ((uintptr_t) packed % sizeof(double) != 0)
	{
		aligned = palloc(VARSIZE(packed));
		memcpy(aligned, packed, VARSIZE(packed));
	}
	co_block_view(aligned->flat, block);
	return aligned->n;
}

/*
 * Integer keys remembered, powers of two: 24 kB at first, grown to 1.5 MB while
 * keys drive each other out.
 */
#define FIRST_SLOTS		1024
#define MOST_SLOTS		65536

/* Is argument argno of the aggregate, the first after the state is 1, a literal? */
static bool
is_literal(FunctionCallInfo fcinfo, int argno)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);
	TargetEntry *arg;

	if (aggref == NULL || argno > list_length(aggref->args))
		return false;
	arg = list_nth_node(TargetEntry, aggref->args, argno - 1);
	return IsA(arg->expr, Const);
}

void
copg_label_init(CopgLabelReader *reader, FunctionCallInfo fcinfo, int name_arg, int key_arg)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	MemoryContext old = MemoryContextSwitchTo(flinfo->fn_mcxt);

	reader->name_arg = name_arg;
	reader->key_arg = key_arg;
	copg_key_init(&reader->key_text, copg_key_arg_type(fcinfo, key_arg), flinfo->fn_mcxt);
	initStringInfo(&reader->name_text);
	reader->is_integer = reader->key_text.key_class <= COPG_KEY_INT8;
	reader->mask = FIRST_SLOTS - 1;
	if (reader->is_integer)
		reader->slot = palloc0(FIRST_SLOTS * sizeof(CopgLabelSlot));
	MemoryContextSwitchTo(old);
}

static void
read_name(CopgLabelReader *reader, FunctionCallInfo fcinfo)
{
	text	   *name;
	int			length;

	if (reader->is_constant)
		return;
	if (PG_ARGISNULL(reader->name_arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a name must not be null")));
	name = PG_GETARG_TEXT_PP(reader->name_arg);
	length = VARSIZE_ANY_EXHDR(name);
	if (length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a name must not be empty")));
	if (likely(length == reader->name_text.len &&
			   memcmp(reader->name_text.data, VARDATA_ANY(name), length) == 0))
		return;
	resetStringInfo(&reader->name_text);
	appendBinaryStringInfo(&reader->name_text, VARDATA_ANY(name), length);
	reader->name = reader->name_text.data;
	reader->n_name++;
	reader->is_constant = is_literal(fcinfo, reader->name_arg);
}

static void
read_key(CopgLabelReader *reader, FunctionCallInfo fcinfo)
{
	reader->key = copg_key_text(&reader->key_text, PG_GETARG_DATUM(reader->key_arg),
								PG_ARGISNULL(reader->key_arg), reader->name);
}

void
copg_label_read(CopgLabelReader *reader, FunctionCallInfo fcinfo)
{
	read_name(reader, fcinfo);
	read_key(reader, fcinfo);
}

/* What was remembered is found again, and not worth moving. */
static void
grow_slots(CopgLabelReader *reader)
{
	uint32		n = 2 * (reader->mask + 1);

	reader->slot = repalloc(reader->slot, n * sizeof(CopgLabelSlot));
	memset(reader->slot, 0, n * sizeof(CopgLabelSlot));
	reader->mask = n - 1;
	reader->n_lost = 0;
}

static CopgLabelSlot *
find_slot(CopgLabelReader *reader, int64 key, uint64 owner)
{
	CopgLabelSlot *slot = &reader->slot[(uint32) key & reader->mask];

	if (slot->owner != owner || slot->key == key)
		return slot;
	if (++reader->n_lost > reader->mask && reader->mask < MOST_SLOTS - 1)
		grow_slots(reader);
	return &reader->slot[(uint32) key & reader->mask];
}

int
copg_label_look_up(CopgLabelReader *reader, FunctionCallInfo fcinfo, uint32 owner)
{
	read_name(reader, fcinfo);
	reader->pending = NULL;
	if (reader->is_integer && !PG_ARGISNULL(reader->key_arg))
	{
		int64		key = copg_label_integer(reader, fcinfo);
		uint64		whole_owner = (uint64) owner << 32 | reader->n_name;
		CopgLabelSlot *slot = find_slot(reader, key, whole_owner);

		if (slot->key == key && slot->owner == whole_owner)
			return slot->leaf;
		slot->key = key;
		slot->owner = 0;
		reader->pending = slot;
		reader->pending_owner = whole_owner;
	}
	read_key(reader, fcinfo);
	return -1;
}

void
copg_label_keep(CopgLabelReader *reader, int leaf)
{
	if (reader->pending)
	{
		reader->pending->leaf = leaf;
		reader->pending->owner = reader->pending_owner;
	}
}

uint32
copg_new_owner(void)
{
	static uint32 last_owner = 0;

	return ++last_owner;
}

void
copg_agg_refuse(FunctionCallInfo fcinfo, int argno, CopgLabelReader *of)
{
	bool		is_null = PG_ARGISNULL(argno);
	char		label[COPG_LABEL_SIZE];

	copg_label_read(of, fcinfo);
	co_label(of->name, of->key, label, sizeof label);
	ereport(ERROR,
			(errcode(is_null ? ERRCODE_NULL_VALUE_NOT_ALLOWED
					 : ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("coefficient of %s is %s", label,
					is_null ? "null" : isnan(PG_GETARG_FLOAT8(argno)) ? "NaN" : "infinite"),
			 is_null ? errhint(COPG_COALESCE_HINT) : 0));
}

CoLeafDef
copg_reference(const char *name, const char *key)
{
	CoLeafDef	def = {
		.name = name,
		.key = key,
		.kind = CO_LEAF_REFERENCE,
		.lower = -INFINITY,
		.upper = INFINITY,
		.start = get_float8_nan()
	};

	return def;
}

/*--------------------------------------------------------------------------
 * The state of all aggregates of this file
 *--------------------------------------------------------------------------
 */

typedef struct State
{
	CoArena    *arena;
	CoBuilder  *builder;
	CoBlockKind kind;
	uint32		owner;			/* of leaves that readers keep */
	int64		n;				/* rows taken */
} State;

static State *
new_state(MemoryContext context, CoBlockKind kind)
{
	State	   *state = MemoryContextAllocZero(context, sizeof(State));

	state->arena = copg_arena_new(context);
	state->kind = kind;
	state->owner = copg_new_owner();
	copg_check_rc(co_builder_new(state->arena, kind, &state->builder), state->arena, NULL);
	return state;
}

/* The state in argument 0, made at the first row. */
static inline State *
get_state(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	MemoryContext context;

	if (likely(!PG_ARGISNULL(0)))
		return (State *) PG_GETARG_POINTER(0);
	context = copg_agg_context(fcinfo);
	return new_state(context, kind);
}

static pg_attribute_noreturn() void
report_null_row(const State *state)
{
	CoBlock		so_far;
	char		label[COPG_LABEL_SIZE];

	co_builder_view(state->builder, &so_far);
	if (so_far.n_leaf > 0)
	{
		int			last = so_far.n_leaf - 1;

		co_label(so_far.str + so_far.leaf_name[last],
				 co_block_string(&so_far, so_far.leaf_key[last]), label, sizeof label);
	}
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 state->kind == CO_BLOCK_EXPR ?
			 errmsg("term number " INT64_FORMAT " of a sum is null", state->n + 1) :
			 errmsg("constraint number " INT64_FORMAT " of a set is null", state->n + 1),
			 so_far.n_leaf > 0 ? errdetail("The last new variable before it is %s.", label) : 0,
			 errhint(COPG_COALESCE_HINT)));
}

static void
absorb(State *state, const CoBlock *block)
{
	CoError		error;
	CoRc		rc;

	copg_error_init(&error);
	rc = state->kind == CO_BLOCK_EXPR ?
		co_builder_add_row(state->builder, block, 0, 1.0, &error) :
		co_builder_append_rows(state->builder, block, &error);
	copg_check_rc(rc, state->arena, &error);
}

static Datum
take_row(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	State	   *state = get_state(fcinfo, kind);
	CopgValue	value;

	if (PG_ARGISNULL(1))
		report_null_row(state);
	copg_value_get(PG_GETARG_DATUM(1), kind, &value);
	absorb(state, &value.block);
	state->n++;
	PG_RETURN_POINTER(state);
}

/* A formula that looks like the one before, which needs no check of its own. */
static bool
absorb_formula(State *state, const CoBlock *block)
{
	CoError		error;
	bool		done;
	CoRc		rc;

	copg_error_init(&error);
	rc = co_builder_add_small(state->builder, block, &done, &error);
	copg_check_rc(rc, state->arena, &error);
	return done;
}

static Datum
combine(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	State	   *other = PG_ARGISNULL(1) ? NULL : (State *) PG_GETARG_POINTER(1);
	State	   *state;
	CoBlock		block;

	if (other == NULL && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = get_state(fcinfo, kind);
	if (other)
	{
		co_builder_view(other->builder, &block);
		absorb(state, &block);
		state->n += other->n;
	}
	PG_RETURN_POINTER(state);
}

static Datum
deserialize(FunctionCallInfo fcinfo, CoBlockKind kind)
{
	bytea	   *packed = PG_GETARG_BYTEA_P(0);
	State	   *state = new_state(CurrentMemoryContext, kind);
	CoBlock		block;

	state->n = copg_agg_unpack(packed, &block);
	absorb(state, &block);
	PG_RETURN_POINTER(state);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_sum_trans);
Datum
opt_expr_sum_trans(PG_FUNCTION_ARGS)
{
	State	   *state = get_state(fcinfo, CO_BLOCK_EXPR);
	CopgValue	value;

	if (PG_ARGISNULL(1))
		report_null_row(state);
	copg_value_peek(PG_GETARG_DATUM(1), &value);
	if (!value.unchecked || !absorb_formula(state, &value.block))
	{
		copg_value_check(&value);
		absorb(state, &value.block);
	}
	state->n++;
	PG_RETURN_POINTER(state);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_sum_combine);
Datum
opt_expr_sum_combine(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, CO_BLOCK_EXPR);
}

/* Serves the states of all aggregates of this file. */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_agg_serialize);
Datum
opt_agg_serialize(PG_FUNCTION_ARGS)
{
	State	   *state = (State *) PG_GETARG_POINTER(0);
	CoBlock		block;

	(void) copg_agg_context(fcinfo);
	co_builder_view(state->builder, &block);
	PG_RETURN_BYTEA_P(copg_agg_pack(&block, state->n));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_sum_deserialize);
Datum
opt_expr_sum_deserialize(PG_FUNCTION_ARGS)
{
	(void) copg_agg_context(fcinfo);
	return deserialize(fcinfo, CO_BLOCK_EXPR);
}

/* Products that are summed before the value is handed on: fewer are not worth it. */
#define LEAST_FOLDED	64

/* Bytes that takes for each: the columns in order, twice, and what becomes of them. */
#define FOLDING_SIZE	48

/*
 * The state's block; many products are summed into new columns in the current
 * context.  A covariance matrix with both of its triangles so becomes half.
 */
static void
view_state(const State *state, CopgEnv *env, CoArena *arena, CoBlock *block)
{
	co_builder_view(state->builder, block);
	copg_env_begin(env, arena, CurrentMemoryContext);
	if (state->kind == CO_BLOCK_EXPR &&
		block->n_quad >= LEAST_FOLDED &&
		(Size) block->n_quad * FOLDING_SIZE <= arena->limit / 2)
		copg_check_rc(co_canonical_quad(arena, block), arena, NULL);
}

/* The final function of all but avg. */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_agg_final);
Datum
opt_agg_final(PG_FUNCTION_ARGS)
{
	CopgEnv		env;
	CoArena		arena;
	CoBlock		block;

	(void) copg_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	view_state((State *) PG_GETARG_POINTER(0), &env, &arena, &block);
	PG_RETURN_DATUM(copg_block_lend(&block));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_expr_avg_final);
Datum
opt_expr_avg_final(PG_FUNCTION_ARGS)
{
	State	   *state;
	CopgEnv		env;
	CoArena		arena;
	CoBlock		sum,
				n,
				average;
	CoError		error = {.position = -1};
	CoRc		rc;

	(void) copg_agg_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (State *) PG_GETARG_POINTER(0);
	view_state(state, &env, &arena, &sum);
	rc = co_expr_constant(&arena, (double) state->n, &n);
	if (rc == CO_OK)
		rc = co_expr_div(&arena, &sum, &n, &average, &error);
	copg_check_rc(rc, &arena, &error);
	PG_RETURN_DATUM(copg_block_lend(&average));
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_all_trans);
Datum
opt_all_trans(PG_FUNCTION_ARGS)
{
	return take_row(fcinfo, CO_BLOCK_CONSTRAINT);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_all_combine);
Datum
opt_all_combine(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, CO_BLOCK_CONSTRAINT);
}

PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_all_deserialize);
Datum
opt_all_deserialize(PG_FUNCTION_ARGS)
{
	(void) copg_agg_context(fcinfo);
	return deserialize(fcinfo, CO_BLOCK_CONSTRAINT);
}

/*--------------------------------------------------------------------------
 * Triplets
 *--------------------------------------------------------------------------
 */

/* The readers in fn_extra, the second for the second key of opt_quad. */
static CopgLabelReader *
get_readers(FunctionCallInfo fcinfo, int n)
{
	CopgLabelReader *reader = fcinfo->flinfo->fn_extra;

	if (likely(reader != NULL))
		return reader;
	reader = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, n * sizeof(CopgLabelReader));
	for (int i = 0; i < n; i++)
		copg_label_init(&reader[i], fcinfo, 1, 2 + i);
	fcinfo->flinfo->fn_extra = reader;
	return reader;
}

static int
add_reference(State *state, CopgLabelReader *to)
{
	CoLeafDef	def = copg_reference(to->name, to->key);
	CoError		error;
	int			leaf;

	copg_error_init(&error);
	copg_check_rc(co_builder_leaf(state->builder, &def, &leaf, &error), state->arena, &error);
	copg_label_keep(to, leaf);
	return leaf;
}

static inline int
refer(FunctionCallInfo fcinfo, State *state, CopgLabelReader *to)
{
	int			leaf = copg_label_find(to, fcinfo, state->owner);

	return likely(leaf >= 0) ? leaf : add_reference(state, to);
}

/* (state, name text, key "any", coef float8) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_lin_trans);
Datum
opt_lin_trans(PG_FUNCTION_ARGS)
{
	State	   *state = get_state(fcinfo, CO_BLOCK_EXPR);
	CopgLabelReader *reader = get_readers(fcinfo, 1);
	int			leaf = refer(fcinfo, state, reader);
	double		coef = copg_agg_coefficient(fcinfo, 3, reader);

	copg_check_rc(co_builder_lin(state->builder, leaf, coef), state->arena, NULL);
	state->n++;
	PG_RETURN_POINTER(state);
}

/* (state, name text, i "any", j "any", q float8) */
PGDLLEXPORT PG_FUNCTION_INFO_V1(opt_quad_trans);
Datum
opt_quad_trans(PG_FUNCTION_ARGS)
{
	State	   *state = get_state(fcinfo, CO_BLOCK_EXPR);
	CopgLabelReader *reader = get_readers(fcinfo, 2);
	int			i = refer(fcinfo, state, &reader[0]);
	int			j = refer(fcinfo, state, &reader[1]);
	double		coef = copg_agg_coefficient(fcinfo, 4, reader);

	copg_check_rc(co_builder_quad(state->builder, i, j, coef), state->arena, NULL);
	state->n++;
	PG_RETURN_POINTER(state);
}
