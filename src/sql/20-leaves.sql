
--
-- Leaves: variables and parameters, known by name and key
--

-- Bounds are of any numeric type, or opt_expr: one function, for among several a
-- NULL or 'infinity' would not say which one is meant.  The key's default, a null
-- expression, is told apart from a null key by its type.
CREATE FUNCTION opt_var(
	name text,
	key "any" DEFAULT NULL::opt_expr,
	lb "any" DEFAULT NULL::float8,
	ub "any" DEFAULT NULL::float8,
	start float8 DEFAULT NULL
) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_var(text, "any", "any", "any", float8) IS 'decision variable: name, key of any type or row, bounds (NULL: none; numbers, or expressions of parameters), start';

CREATE FUNCTION opt_param(name text, value float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_param(text, float8) IS 'parameter: a number with a name, to be changed at a solve';

CREATE FUNCTION opt_param(name text, key "any", value float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_param(text, "any", float8) IS 'parameter with a key';
