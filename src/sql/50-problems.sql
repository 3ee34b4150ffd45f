
--
-- Constraints with names, and problems
--

CREATE FUNCTION opt_con(name text, con opt_constraint) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_con(text, opt_constraint) IS 'name a constraint';

CREATE FUNCTION opt_con(name text, key "any", con opt_constraint) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_con(text, "any", opt_constraint) IS 'name a constraint, with a key of any type or row';

CREATE FUNCTION opt_between(expr opt_expr, lower float8, upper float8) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_between(opt_expr, float8, float8) IS 'constraint: between two numbers (NULL: no bound)';

CREATE FUNCTION opt_minimize(objective opt_expr, VARIADIC constraints opt_constraint[] DEFAULT '{}') RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_minimize(opt_expr, opt_constraint[]) IS 'problem: minimize an expression subject to constraints';

CREATE FUNCTION opt_maximize(objective opt_expr, VARIADIC constraints opt_constraint[] DEFAULT '{}') RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_maximize(opt_expr, opt_constraint[]) IS 'problem: maximize an expression subject to constraints';

CREATE FUNCTION opt_feasible(VARIADIC constraints opt_constraint[]) RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_feasible(opt_constraint[]) IS 'problem: find a point that satisfies constraints';

-- One set of constraints is handed over as it is; an array would be a copy of
-- at most 1 GB.
CREATE FUNCTION opt_minimize(objective opt_expr, constraints opt_constraint) RETURNS opt_problem
	AS 'MODULE_PATHNAME', 'opt_minimize_set' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_minimize(opt_expr, opt_constraint) IS 'the same with one set of constraints, of any size';

CREATE FUNCTION opt_maximize(objective opt_expr, constraints opt_constraint) RETURNS opt_problem
	AS 'MODULE_PATHNAME', 'opt_maximize_set' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_maximize(opt_expr, opt_constraint) IS 'the same with one set of constraints, of any size';

CREATE FUNCTION opt_feasible(constraints opt_constraint) RETURNS opt_problem
	AS 'MODULE_PATHNAME', 'opt_feasible_set' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_feasible(opt_constraint) IS 'the same with one set of constraints, of any size';
