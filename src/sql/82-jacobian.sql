
--
-- Derivatives of a solution with respect to parameters
--

CREATE FUNCTION opt_jacobian(
	solution opt_solution,
	of text[] DEFAULT NULL,
	parameters text[] DEFAULT NULL
) RETURNS TABLE (
	of text,
	name text,
	key text,
	parameter text,
	parameter_key text,
	derivative float8,
	side text,
	reliable boolean,
	reason text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION opt_jacobian(opt_solution, text[], text[]) IS 'derivatives of variables, duals (constraint), reduced costs (bound) and the objective with respect to parameters, of a solution that is optimal or acceptable; side is both, or left and right at a kink';

CREATE FUNCTION opt_jvp(solution opt_solution, direction jsonb) RETURNS TABLE (
	of text,
	name text,
	key text,
	derivative float8,
	side text,
	reliable boolean,
	reason text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION opt_jvp(opt_solution, jsonb) IS 'the derivative when all parameters move along a direction, {"name": 1.5} or rows of parameter, parameter_key, value, by one solve';

CREATE FUNCTION opt_vjp(solution opt_solution, weights jsonb) RETURNS TABLE (
	parameter text,
	parameter_key text,
	derivative float8,
	reliable boolean,
	reason text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION opt_vjp(opt_solution, jsonb) IS 'the derivative of a weighted sum with respect to every parameter, weights as rows of of, name, key, weight, by one solve';

CREATE FUNCTION opt_predict(solution opt_solution, params jsonb) RETURNS TABLE (
	of text,
	name text,
	key text,
	value float8
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION opt_predict(opt_solution, jsonb) IS 'the first-order answer for new values of parameters: variables, duals, reduced costs and the objective there, all bounds and constraints respected to first order; no rows where there is none';

CREATE FUNCTION opt_ranging(
	solution opt_solution,
	parameters text[] DEFAULT NULL
) RETURNS TABLE (
	parameter text,
	parameter_key text,
	value float8,
	lower float8,
	upper float8,
	at_lower text,
	at_upper text,
	exact boolean,
	reliable boolean,
	reason text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION opt_ranging(opt_solution, text[]) IS 'between which values each parameter may move alone until the active set changes (NULL: without limit, or not known, as at_lower and at_upper then say), and what happens there; exact for linear and convex quadratic programs that the parameters enter linearly, else to first order';

CREATE FUNCTION opt_covariance(
	solution opt_solution,
	level float8 DEFAULT 0.95,
	observations integer DEFAULT NULL,
	absolute boolean DEFAULT false
) RETURNS TABLE (
	name text,
	key text,
	value float8,
	standard_error float8,
	lower float8,
	upper float8,
	other_name text,
	other_key text,
	covariance float8,
	correlation float8,
	reliable boolean,
	reason text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 25;
COMMENT ON FUNCTION opt_covariance(opt_solution, float8, integer, boolean) IS 'of a fit, a minimized sum of squares: standard error and confidence interval of each variable, covariance and correlation of each pair; observations where squares of linear residuals were multiplied out, absolute where residuals already are in standard deviations';
