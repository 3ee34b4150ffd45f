
--
-- Problems from texts, files and triplets
--

-- The queries are the user's and may do what only the leader of a parallel
-- query can, such as reading a temporary table.
CREATE FUNCTION opt_problem(
	objective text,
	subject_to text[] DEFAULT '{}',
	variables text DEFAULT NULL,
	maximize boolean DEFAULT false,
	params jsonb DEFAULT NULL
) RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000;
COMMENT ON FUNCTION opt_problem(text, text[], text, boolean, jsonb) IS 'a problem from texts; variables is a query with the columns name, lower, upper [, key] [, start], params gives values to names, as {"name": 1} or {"name": {"key": 1}}';

CREATE FUNCTION opt_read_mps(mps text) RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION opt_read_mps(text) IS 'a problem from the text of an MPS or QPS file, free or fixed form';

CREATE FUNCTION opt_qp(
	quadratic text DEFAULT NULL,
	linear text DEFAULT NULL,
	matrix text DEFAULT NULL,
	rows text DEFAULT NULL,
	bounds text DEFAULT NULL,
	maximize boolean DEFAULT false,
	options jsonb DEFAULT NULL
) RETURNS TABLE (
	kind text,
	name text,
	key text,
	value float8,
	lower float8,
	upper float8,
	dual float8,
	state text
)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 1000;
COMMENT ON FUNCTION opt_qp(text, text, text, text, text, boolean, jsonb) IS
'solve a linear or quadratic program given by queries, read-only and with the caller''s rights: quadratic (i, j, q), linear (v, c), matrix (con, v, coef), rows (con, lower, upper), bounds (v, lower, upper). The objective is the sum of c * x[v] and of q * x[i] * x[j] over the rows as given, without a factor 1/2; repeated rows add up. NULL is no bound; without bounds every variable is free. The rows of the answer have the name v or con and the query''s key; without a solution, value is NULL and state is the status; every status but optimal is a WARNING too';

CREATE FUNCTION opt_nlp(
	objective text,
	subject_to text[] DEFAULT '{}',
	variables text DEFAULT NULL,
	maximize boolean DEFAULT false,
	params jsonb DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS TABLE (
	kind text,
	name text,
	key text,
	value float8,
	lower float8,
	upper float8,
	dual float8,
	state text
)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 100;
COMMENT ON FUNCTION opt_nlp(text, text[], text, boolean, jsonb, jsonb) IS
'solve a nonlinear program given by texts, as opt_problem takes them: one row per variable and constraint; without a solution, value is NULL and state is the status; every status but optimal is a WARNING too';
