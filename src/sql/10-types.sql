--
-- Types: expressions, constraints, problems
--

CREATE TYPE opt_expr;
CREATE TYPE opt_constraint;
CREATE TYPE opt_problem;

CREATE FUNCTION opt_expr_in(cstring) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_in(cstring) IS 'text input of opt_expr';

CREATE FUNCTION opt_expr_out(opt_expr) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_out(opt_expr) IS 'text output of opt_expr';

CREATE FUNCTION opt_expr_recv(internal) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_recv(internal) IS 'binary input of opt_expr';

CREATE FUNCTION opt_expr_send(opt_expr) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_send(opt_expr) IS 'binary output of opt_expr';

-- Category N, so that other people's exp('1') keeps its meaning.
CREATE TYPE opt_expr (
	INPUT = opt_expr_in,
	OUTPUT = opt_expr_out,
	RECEIVE = opt_expr_recv,
	SEND = opt_expr_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended,
	CATEGORY = 'N',
	PREFERRED = false
);
COMMENT ON TYPE opt_expr IS 'expression in variables and parameters';

CREATE FUNCTION opt_constraint_in(cstring) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_constraint_in(cstring) IS 'text input of opt_constraint';

CREATE FUNCTION opt_constraint_out(opt_constraint) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_constraint_out(opt_constraint) IS 'text output of opt_constraint';

CREATE FUNCTION opt_constraint_recv(internal) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_constraint_recv(internal) IS 'binary input of opt_constraint';

CREATE FUNCTION opt_constraint_send(opt_constraint) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_constraint_send(opt_constraint) IS 'binary output of opt_constraint';

CREATE TYPE opt_constraint (
	INPUT = opt_constraint_in,
	OUTPUT = opt_constraint_out,
	RECEIVE = opt_constraint_recv,
	SEND = opt_constraint_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE opt_constraint IS 'one constraint or a set of constraints, with their names and keys';

CREATE FUNCTION opt_problem_in(cstring) RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_problem_in(cstring) IS 'text input of opt_problem';

CREATE FUNCTION opt_problem_out(opt_problem) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_problem_out(opt_problem) IS 'text output of opt_problem';

CREATE FUNCTION opt_problem_recv(internal) RETURNS opt_problem
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_problem_recv(internal) IS 'binary input of opt_problem';

CREATE FUNCTION opt_problem_send(opt_problem) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_problem_send(opt_problem) IS 'binary output of opt_problem';

-- External: compressing the server's way takes as long as a small solve, and
-- ten times as long as writing. A column can choose: SET STORAGE EXTENDED.
CREATE TYPE opt_problem (
	INPUT = opt_problem_in,
	OUTPUT = opt_problem_out,
	RECEIVE = opt_problem_recv,
	SEND = opt_problem_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE opt_problem IS 'objective and constraints: what opt_solve solves';

--
-- Numbers are constant expressions
--

CREATE FUNCTION opt_expr_from_int2(int2) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_from_int2(int2) IS 'constant expression';
CREATE CAST (int2 AS opt_expr) WITH FUNCTION opt_expr_from_int2(int2) AS IMPLICIT;
COMMENT ON CAST (int2 AS opt_expr) IS 'constant expression';

CREATE FUNCTION opt_expr_from_int4(int4) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_from_int4(int4) IS 'constant expression';
CREATE CAST (int4 AS opt_expr) WITH FUNCTION opt_expr_from_int4(int4) AS IMPLICIT;
COMMENT ON CAST (int4 AS opt_expr) IS 'constant expression';

CREATE FUNCTION opt_expr_from_int8(int8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_from_int8(int8) IS 'constant expression';
CREATE CAST (int8 AS opt_expr) WITH FUNCTION opt_expr_from_int8(int8) AS IMPLICIT;
COMMENT ON CAST (int8 AS opt_expr) IS 'constant expression';

CREATE FUNCTION opt_expr_from_float4(float4) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_from_float4(float4) IS 'constant expression';
CREATE CAST (float4 AS opt_expr) WITH FUNCTION opt_expr_from_float4(float4) AS IMPLICIT;
COMMENT ON CAST (float4 AS opt_expr) IS 'constant expression';

CREATE FUNCTION opt_expr_from_float8(float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_from_float8(float8) IS 'constant expression';
CREATE CAST (float8 AS opt_expr) WITH FUNCTION opt_expr_from_float8(float8) AS IMPLICIT;
COMMENT ON CAST (float8 AS opt_expr) IS 'constant expression';

CREATE FUNCTION opt_expr_from_numeric(numeric) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_from_numeric(numeric) IS 'constant expression';
CREATE CAST (numeric AS opt_expr) WITH FUNCTION opt_expr_from_numeric(numeric) AS IMPLICIT;
COMMENT ON CAST (numeric AS opt_expr) IS 'constant expression';

--
-- Grouping: an equality under a name of its own, because == makes a constraint
--

CREATE FUNCTION opt_expr_same(opt_expr, opt_expr) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_same(opt_expr, opt_expr) IS 'implementation of ===';

CREATE FUNCTION opt_expr_hash(opt_expr) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_hash(opt_expr) IS 'hash of an expression';

CREATE FUNCTION opt_expr_hash_extended(opt_expr, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_hash_extended(opt_expr, bigint) IS 'hash of an expression with a seed';

CREATE OPERATOR === (
	LEFTARG = opt_expr,
	RIGHTARG = opt_expr,
	FUNCTION = opt_expr_same,
	COMMUTATOR = ===,
	RESTRICT = eqsel,
	JOIN = eqjoinsel,
	HASHES
);
COMMENT ON OPERATOR === (opt_expr, opt_expr) IS 'the same expression: same terms in the same order (a truth value, not a constraint)';

CREATE OPERATOR FAMILY opt_expr_hash_ops USING hash;
COMMENT ON OPERATOR FAMILY opt_expr_hash_ops USING hash IS 'GROUP BY and DISTINCT of expressions';

CREATE OPERATOR CLASS opt_expr_hash_ops DEFAULT FOR TYPE opt_expr USING hash FAMILY opt_expr_hash_ops AS
	OPERATOR 1 ===,
	FUNCTION 1 opt_expr_hash(opt_expr),
	FUNCTION 2 opt_expr_hash_extended(opt_expr, bigint);
COMMENT ON OPERATOR CLASS opt_expr_hash_ops USING hash IS 'GROUP BY and DISTINCT of expressions';
