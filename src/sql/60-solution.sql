
--
-- The solution type and reading one number out of it
--

CREATE TYPE opt_solution;

CREATE FUNCTION opt_solution_in(cstring) RETURNS opt_solution
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_solution_in(cstring) IS 'text input of opt_solution';

CREATE FUNCTION opt_solution_out(opt_solution) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_solution_out(opt_solution) IS 'text output of opt_solution: a JSON object that reads back to the bit';

CREATE FUNCTION opt_solution_recv(internal) RETURNS opt_solution
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_solution_recv(internal) IS 'binary input of opt_solution';

CREATE FUNCTION opt_solution_send(opt_solution) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_solution_send(opt_solution) IS 'binary output of opt_solution';

CREATE TYPE opt_solution (
	INPUT = opt_solution_in,
	OUTPUT = opt_solution_out,
	RECEIVE = opt_solution_recv,
	SEND = opt_solution_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE opt_solution IS 'what one solve found: status, point, duals, residuals, certificate, and the problem it belongs to';

CREATE FUNCTION opt_status(solution opt_solution) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_status(opt_solution) IS 'what the point is: optimal, acceptable, infeasible, locally_infeasible, unbounded, feasible or failed';

CREATE FUNCTION opt_value(solution opt_solution, expression opt_expr) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_value(opt_solution, opt_expr) IS 'value of an expression at the solution; NULL when the status has no usable point';

CREATE FUNCTION opt_reduced_cost(solution opt_solution, variable opt_expr) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_reduced_cost(opt_solution, opt_expr) IS 'change of the stated objective per unit increase of the active bound of a variable; NULL when the solution is not optimal or acceptable';

CREATE FUNCTION opt_dual(solution opt_solution, name text) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_dual(opt_solution, text) IS 'change of the stated objective per unit increase of the right-hand side of a constraint, as written; NULL when the solution is not optimal or acceptable';

CREATE FUNCTION opt_dual(solution opt_solution, name text, key "any") RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_dual(opt_solution, text, "any") IS 'the same for a constraint with a key';
