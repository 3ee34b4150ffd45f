
--
-- Solving
--

-- VOLATILE, so that the planner computes it once and not once per accessor.
CREATE FUNCTION opt_solve(
	problem opt_problem,
	method text DEFAULT 'auto',
	options jsonb DEFAULT NULL,
	warm_start opt_solution DEFAULT NULL,
	params jsonb DEFAULT NULL
) RETURNS opt_solution
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION opt_solve(opt_problem, text, jsonb, opt_solution, jsonb) IS 'solve a problem; infeasible, unbounded and limits are statuses of the solution, misuse is an error';
