
--
-- A solution as rows
--

CREATE FUNCTION opt_info(solution opt_solution) RETURNS TABLE (
	status text,
	termination text,
	objective float8,
	iterations integer,
	evaluations integer,
	factorizations integer,
	primal_residual float8,
	dual_residual float8,
	complementarity float8,
	gap float8,
	certificate_margin float8,
	second_order text,
	method text,
	reason text,
	kkt_path text,
	n_variables integer,
	n_constraints integer,
	reduced_variables integer,
	reduced_constraints integer,
	presolve jsonb,
	refinements integer,
	memory_predicted bigint,
	memory_peak bigint,
	time_build float8,
	time_presolve float8,
	time_analyze float8,
	time_factor float8,
	time_solve float8,
	time_total float8,
	version text,
	options jsonb
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION opt_info(opt_solution) IS 'one row about a solve: status and termination, objective, residuals on the problem as stated, effort, seconds, bytes, options in force';

CREATE FUNCTION opt_variables(solution opt_solution) RETURNS TABLE (
	name text,
	key text,
	value float8,
	lower float8,
	upper float8,
	reduced_cost float8,
	state text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION opt_variables(opt_solution) IS 'the variables of a solution; state is lower, upper, interior, free or fixed';

CREATE FUNCTION opt_constraints(solution opt_solution) RETURNS TABLE (
	name text,
	key text,
	value float8,
	lower float8,
	upper float8,
	slack float8,
	dual float8,
	state text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1000;
COMMENT ON FUNCTION opt_constraints(opt_solution) IS 'the constraints of a solution; state is lower, upper, inactive, free or equality';

CREATE FUNCTION opt_iterations(solution opt_solution) RETURNS TABLE (
	iteration integer,
	objective float8,
	primal_residual float8,
	dual_residual float8,
	gap float8,
	mu float8,
	step_primal float8,
	step_dual float8,
	corrections integer,
	refinements integer
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION opt_iterations(opt_solution) IS 'the log of the iterations, on the reduced and scaled problem the method saw';
