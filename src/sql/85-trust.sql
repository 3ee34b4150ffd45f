
--
--Answers one can trust
--

CREATE FUNCTION opt_conflict(solution opt_solution, options jsonb DEFAULT NULL) RETURNS TABLE(
																							  part text,
																							  kind text,
																							  name text,
																							  key text,
																							  side text,
																							  lower float8,
																							  upper float8,
																							  value float8,
																							  amount float8,
																							  proof text
)
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL SAFE COST 10000 ROWS 10;
COMMENT		ON FUNCTION opt_conflict(opt_solution, jsonb) IS 'why nothing is feasible, or the objective has no limit: the sides to relax, with the smallest total (part relax), constraints and bounds that conflict, none of them superfluous (conflict), the direction without end (ray)';

CREATE FUNCTION opt_show(problem opt_problem, max_rows integer DEFAULT 20) RETURNS TABLE (
	part text,
	name text,
	key text,
	algebra text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 60;
COMMENT ON FUNCTION opt_show(opt_problem, integer) IS 'the algebra of a problem with its names: objective, constraints, variables, parameters, of each max_rows and of long sums the first terms; NULL: all of it';

CREATE FUNCTION opt_explain(problem opt_problem) RETURNS TABLE (
	topic text,
	item text,
	value text,
	note text
)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL SAFE COST 10000 ROWS 30;
COMMENT ON FUNCTION opt_explain(opt_problem) IS 'what a problem is and how it would be solved: class and why, sizes, kinds of constraints and variables, ranges of numbers, method, memory, and what in it is likely not what was meant (topic lint)';

CREATE FUNCTION opt_verify(problem opt_problem, solution opt_solution, tolerance float8 DEFAULT 1e-6, params jsonb DEFAULT NULL) RETURNS TABLE (
	item text,
	value float8,
	scale float8,
	passed boolean,
	kind text,
	name text,
	key text,
	note text
)
	AS 'MODULE_PATHNAME', 'opt_verify_solution' LANGUAGE C VOLATILE PARALLEL SAFE COST 10000 ROWS 7;
COMMENT ON FUNCTION opt_verify(opt_problem, opt_solution, float8, jsonb) IS 'an independent check of a solution: feasibility, KKT conditions or certificate, each with the place where it is violated most; a residual passes when it is at most tolerance * (1 + scale)';

CREATE FUNCTION opt_verify(problem opt_problem, point text, tolerance float8 DEFAULT 1e-6, params jsonb DEFAULT NULL) RETURNS TABLE (
	item text,
	value float8,
	scale float8,
	passed boolean,
	kind text,
	name text,
	key text,
	note text
)
	AS 'MODULE_PATHNAME', 'opt_verify_query' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 7;
COMMENT ON FUNCTION opt_verify(opt_problem, text, float8, jsonb) IS 'the same for a point from elsewhere: a query with the columns name, value [, key] [, dual] [, kind], kind is variable (the default) or constraint; multipliers that are not given are fitted by least squares';

CREATE FUNCTION opt_check_derivatives(problem opt_problem, solution opt_solution) RETURNS TABLE (
	place text,
	function text,
	gradient text,
	argument integer,
	at float8,
	given float8,
	difference float8,
	difference_error float8,
	relative_error float8,
	passed boolean,
	note text
)
	AS 'MODULE_PATHNAME', 'opt_check_derivatives_solution' LANGUAGE C VOLATILE STRICT PARALLEL SAFE COST 10000 ROWS 10;
COMMENT ON FUNCTION opt_check_derivatives(opt_problem, opt_solution) IS 'the gradient function of every opt_call against extrapolated differences at the point of a solution, one row per argument; relative_error is relative to the larger of the two, passed is null where nothing is decided';

CREATE FUNCTION opt_check_derivatives(problem opt_problem, point text DEFAULT NULL) RETURNS TABLE (
	place text,
	function text,
	gradient text,
	argument integer,
	at float8,
	given float8,
	difference float8,
	difference_error float8,
	relative_error float8,
	passed boolean,
	note text
)
	AS 'MODULE_PATHNAME', 'opt_check_derivatives_query' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10000 ROWS 10;
COMMENT ON FUNCTION opt_check_derivatives(opt_problem, text) IS 'the same at the start of the variables, or at the point of a query with the columns name, value [, key]';
