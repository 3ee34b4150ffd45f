/*-------------------------------------------------------------------------
 *
 * pg/pg_method.c
 *	  The methods users name, and which problems they take.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "expr/key.h"
#include "pg/pg_block.h"
#include "pg/pg_method.h"

static const struct
{
	const char *word;
	CopgMethod	method;
}			known[] =

{
	{"auto", COPG_METHOD_AUTO},
	{"interior_point", COPG_METHOD_INTERIOR_POINT},
	{"lp", COPG_METHOD_LP},
	{"qp", COPG_METHOD_QP},
	{"active_set", COPG_METHOD_ACTIVE_SET}
};

char *
copg_method_hint(void)
{
	StringInfoData words;
	const CoNlpMethod *method;

	initStringInfo(&words);
	for (int i = 0; i < (int) lengthof(known); i++)
		appendStringInfo(&words, "%s%s", i > 0 ? ", " : "", known[i].word);
	for (int k = 1; (method = co_nlp_method(k)) != NULL; k++)
		appendStringInfo(&words, ", %s", co_nlp_method_word(method));
	return psprintf("The methods are: %s.", words.data);
}

void
copg_method_find(const char *word, CopgRequest *request)
{
	request->nonlinear = co_nlp_find_method(word);
	for (int i = 0; i < (int) lengthof(known); i++)
		if (strcmp(word, known[i].word) == 0)
		{
			request->method = known[i].method;
			return;
		}
	request->method = COPG_METHOD_NONLINEAR;
	if (request->nonlinear == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown method \"%s\"", word),
				 errhint("%s", copg_method_hint())));
}

static const char *
method_word(const CopgRequest *request)
{
	for (int i = 0; i < (int) lengthof(known); i++)
		if (known[i].method == request->method)
			return known[i].word;
	return co_nlp_method_word(request->nonlinear);
}

void
copg_describe_row(const CoBlock *problem, int row, char *out, size_t size)
{
	char		label[COPG_LABEL_SIZE];

	if (row <= 0)
	{
		strlcpy(out, "objective", size);
		return;
	}
	if (problem->row_name[row] < 0)
	{
		snprintf(out, size, "constraint number %d", row);
		return;
	}
	co_label(co_block_string(problem, problem->row_name[row]),
			 co_block_string(problem, problem->row_key[row]), label, sizeof label);
	snprintf(out, size, "constraint %s", label);
}

/* A method was asked for by name, and the problem is none of its own. */
static pg_attribute_noreturn() void
report_wrong_method(const CopgRequest *request, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("method \"%s\" cannot solve this problem",
					method_word(request)),
			 errdetail("%s", detail),
			 errhint("Use method \"auto\", or leave the method out.")));
}

bool
copg_method_wants_qp(CopgMethod method)
{
	return method == COPG_METHOD_LP || method == COPG_METHOD_QP || method == COPG_METHOD_ACTIVE_SET;
}

bool
copg_method_is_convex(const CopgRequest *request, const CoLowered *lowered)
{
	return request->method != COPG_METHOD_NONLINEAR &&
		(lowered->problem_class == CO_CLASS_LP || lowered->problem_class == CO_CLASS_QP);
}

void
copg_method_check(const CopgRequest *request, const CoLowered *lowered)
{
	bool		is_nonlinear = lowered->problem_class == CO_CLASS_NLP;
	char		culprit[COPG_LABEL_SIZE + 32];

	if (copg_method_wants_qp(request->method) &&
		(is_nonlinear || lowered->problem_class == CO_CLASS_QCQP))
	{
		copg_describe_row(request->problem, lowered->culprit_row, culprit, sizeof culprit);
		report_wrong_method(request, psprintf("The %s is %s.", culprit,
											  is_nonlinear ? "neither linear nor quadratic" : "quadratic"));
	}
	if (request->method == COPG_METHOD_LP && lowered->problem_class != CO_CLASS_LP)
		report_wrong_method(request, "The objective is quadratic.");
}

void
copg_method_check_rows(const CopgRequest *request, const CoNlp *nlp)
{
	if (request->nonlinear && !co_nlp_method_takes(request->nonlinear, nlp))
		report_wrong_method(request, request->problem->n_row > 1 ?
							"The problem has constraints, and the method takes bounds of variables only." :
							"A long sum inside a function is a constraint of its own, and the method takes bounds of variables only.");
}
