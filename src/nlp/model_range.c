/*-------------------------------------------------------------------------
 *
 * nlp/model_range.c
 *	  What values a formula can take, the variables being within their bounds.
 *
 * Interval arithmetic (interval.h) on the postfix, without directed rounding: it
 * says where a function of the user's may be called at all.
 *
 *-------------------------------------------------------------------------
 */
#include "nlp/model_private.h"
#include "nlp/interval.h"

static CoInterval
leaf_range(const CoModelBuild *build, int leaf, const double *lower, const double *upper)
{
	int			var = build->lowered.leaf_var[leaf];

	if (var >= 0)
		return (CoInterval) {lower[var], upper[var]};
	return co_interval_number(build->lowering.value[leaf]);
}

static CoInterval
affine_range(const CoModelBuild *build, const CoInstr *instr, const double *lower, const double *upper)
{
	CoInterval	sum = {instr->value, instr->value};

	for (int k = 0; k < instr->n; k++)
	{
		double		coef;
		int			leaf;

		co_code_affine_term(instr, k, &coef, &leaf);
		sum = co_interval_add(sum, co_interval_times(coef, leaf_range(build, leaf, lower, upper)));
	}
	return sum;
}

CoRc
co_model_range(CoModelBuild *build, const uint8_t *code, int length,
			   const double *lower, const double *upper, double *least, double *most)
{
	CoMark		mark = co_mark(&build->scratch);
	CoInterval *stack = co_take(&build->scratch, CO_MAX_DEPTH, sizeof *stack);
	int			n = 0,
				at = 0;
	CoInstr		instr;
	CoRc		rc = co_arena_failed(&build->scratch);

	while (!rc && co_code_next(code, length, &at, &instr))
	{
		int			arity = co_instr_arity(&instr);

		n -= arity;
		if (instr.op == CO_OP_CONST)
			stack[n] = (CoInterval) {instr.value, instr.value};
		else if (instr.op == CO_OP_LEAF)
			stack[n] = leaf_range(build, instr.leaf, lower, upper);
		else if (instr.op == CO_OP_AFFINE)
			stack[n] = affine_range(build, &instr, lower, upper);
		else if (instr.op == CO_OP_CALL)
			stack[n] = co_interval_any();
		else
			stack[n] = co_interval_apply(instr.op, stack[n], arity == 2 ? stack[n + 1] : co_interval_any());
		n++;
		rc = co_lower_work(&build->lowering, 1 + (instr.op == CO_OP_AFFINE ? instr.n : 0));
	}
	if (rc)
		return rc;
	if (co_interval_is_empty(stack[0]))
		stack[0] = co_interval_any();	/* no value at all: nothing to go by */
	*least = stack[0].lower;
	*most = stack[0].upper;
	co_rewind(&build->scratch, mark);
	return CO_OK;
}
