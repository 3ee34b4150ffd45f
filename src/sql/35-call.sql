
--
-- Functions of the database as nodes of expressions.  Not immutable: the text
-- of the function's name comes from the catalog.
--

CREATE FUNCTION opt_call(function regprocedure, VARIADIC arguments opt_expr[]) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_call(regprocedure, opt_expr[]) IS 'a function of float8 in any language, at expressions; its derivatives are taken by differences inside the bounds';

CREATE FUNCTION opt_call(function regprocedure, gradient regprocedure, VARIADIC arguments opt_expr[]) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_call(regprocedure, regprocedure, opt_expr[]) IS 'the same with a gradient function: of the same arguments, returning float8[]';
