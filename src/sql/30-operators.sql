
--
-- Operators, each for two expressions and for an expression and a number.  None
-- is strict: NULL beside an expression is an error.
--

CREATE FUNCTION opt_expr_add(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_add(opt_expr, opt_expr) IS 'implementation of +';
CREATE OPERATOR + (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_add);
COMMENT ON OPERATOR + (opt_expr, opt_expr) IS 'sum';

CREATE FUNCTION opt_expr_add_number(opt_expr, float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_add_number(opt_expr, float8) IS 'implementation of +';
CREATE OPERATOR + (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_add_number);
COMMENT ON OPERATOR + (opt_expr, float8) IS 'sum';

CREATE FUNCTION opt_number_add_expr(float8, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_add_expr(float8, opt_expr) IS 'implementation of +';
CREATE OPERATOR + (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_add_expr);
COMMENT ON OPERATOR + (float8, opt_expr) IS 'sum';

CREATE FUNCTION opt_expr_sub(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_sub(opt_expr, opt_expr) IS 'implementation of -';
CREATE OPERATOR - (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_sub);
COMMENT ON OPERATOR - (opt_expr, opt_expr) IS 'difference';

CREATE FUNCTION opt_expr_sub_number(opt_expr, float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_sub_number(opt_expr, float8) IS 'implementation of -';
CREATE OPERATOR - (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_sub_number);
COMMENT ON OPERATOR - (opt_expr, float8) IS 'difference';

CREATE FUNCTION opt_number_sub_expr(float8, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_sub_expr(float8, opt_expr) IS 'implementation of -';
CREATE OPERATOR - (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_sub_expr);
COMMENT ON OPERATOR - (float8, opt_expr) IS 'difference';

CREATE FUNCTION opt_expr_mul(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_mul(opt_expr, opt_expr) IS 'implementation of *';
CREATE OPERATOR * (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_mul);
COMMENT ON OPERATOR * (opt_expr, opt_expr) IS 'product';

CREATE FUNCTION opt_expr_mul_number(opt_expr, float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_mul_number(opt_expr, float8) IS 'implementation of *';
CREATE OPERATOR * (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_mul_number);
COMMENT ON OPERATOR * (opt_expr, float8) IS 'product';

CREATE FUNCTION opt_number_mul_expr(float8, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_mul_expr(float8, opt_expr) IS 'implementation of *';
CREATE OPERATOR * (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_mul_expr);
COMMENT ON OPERATOR * (float8, opt_expr) IS 'product';

CREATE FUNCTION opt_expr_div(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_div(opt_expr, opt_expr) IS 'implementation of /';
CREATE OPERATOR / (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_div);
COMMENT ON OPERATOR / (opt_expr, opt_expr) IS 'quotient';

CREATE FUNCTION opt_expr_div_number(opt_expr, float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_div_number(opt_expr, float8) IS 'implementation of /';
CREATE OPERATOR / (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_div_number);
COMMENT ON OPERATOR / (opt_expr, float8) IS 'quotient';

CREATE FUNCTION opt_number_div_expr(float8, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_div_expr(float8, opt_expr) IS 'implementation of /';
CREATE OPERATOR / (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_div_expr);
COMMENT ON OPERATOR / (float8, opt_expr) IS 'quotient';

CREATE FUNCTION opt_expr_pow(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_pow(opt_expr, opt_expr) IS 'implementation of ^';
CREATE OPERATOR ^ (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_pow);
COMMENT ON OPERATOR ^ (opt_expr, opt_expr) IS 'power';

CREATE FUNCTION opt_expr_pow_number(opt_expr, float8) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_pow_number(opt_expr, float8) IS 'implementation of ^';
CREATE OPERATOR ^ (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_pow_number);
COMMENT ON OPERATOR ^ (opt_expr, float8) IS 'power';

CREATE FUNCTION opt_number_pow_expr(float8, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_pow_expr(float8, opt_expr) IS 'implementation of ^';
CREATE OPERATOR ^ (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_pow_expr);
COMMENT ON OPERATOR ^ (float8, opt_expr) IS 'power';

CREATE FUNCTION opt_expr_le(opt_expr, opt_expr) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_le(opt_expr, opt_expr) IS 'implementation of <=';
CREATE OPERATOR <= (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_le);
COMMENT ON OPERATOR <= (opt_expr, opt_expr) IS 'constraint: at most';

CREATE FUNCTION opt_expr_le_number(opt_expr, float8) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_le_number(opt_expr, float8) IS 'implementation of <=';
CREATE OPERATOR <= (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_le_number);
COMMENT ON OPERATOR <= (opt_expr, float8) IS 'constraint: at most';

CREATE FUNCTION opt_number_le_expr(float8, opt_expr) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_le_expr(float8, opt_expr) IS 'implementation of <=';
CREATE OPERATOR <= (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_le_expr);
COMMENT ON OPERATOR <= (float8, opt_expr) IS 'constraint: at most';

CREATE FUNCTION opt_expr_ge(opt_expr, opt_expr) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_ge(opt_expr, opt_expr) IS 'implementation of >=';
CREATE OPERATOR >= (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_ge);
COMMENT ON OPERATOR >= (opt_expr, opt_expr) IS 'constraint: at least';

CREATE FUNCTION opt_expr_ge_number(opt_expr, float8) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_ge_number(opt_expr, float8) IS 'implementation of >=';
CREATE OPERATOR >= (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_ge_number);
COMMENT ON OPERATOR >= (opt_expr, float8) IS 'constraint: at least';

CREATE FUNCTION opt_number_ge_expr(float8, opt_expr) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_ge_expr(float8, opt_expr) IS 'implementation of >=';
CREATE OPERATOR >= (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_ge_expr);
COMMENT ON OPERATOR >= (float8, opt_expr) IS 'constraint: at least';

CREATE FUNCTION opt_expr_eq(opt_expr, opt_expr) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_eq(opt_expr, opt_expr) IS 'implementation of ==';
CREATE OPERATOR == (LEFTARG = opt_expr, RIGHTARG = opt_expr, FUNCTION = opt_expr_eq);
COMMENT ON OPERATOR == (opt_expr, opt_expr) IS 'constraint: equal';

CREATE FUNCTION opt_expr_eq_number(opt_expr, float8) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_eq_number(opt_expr, float8) IS 'implementation of ==';
CREATE OPERATOR == (LEFTARG = opt_expr, RIGHTARG = float8, FUNCTION = opt_expr_eq_number);
COMMENT ON OPERATOR == (opt_expr, float8) IS 'constraint: equal';

CREATE FUNCTION opt_number_eq_expr(float8, opt_expr) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_number_eq_expr(float8, opt_expr) IS 'implementation of ==';
CREATE OPERATOR == (LEFTARG = float8, RIGHTARG = opt_expr, FUNCTION = opt_number_eq_expr);
COMMENT ON OPERATOR == (float8, opt_expr) IS 'constraint: equal';

CREATE FUNCTION opt_expr_neg(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_neg(opt_expr) IS 'implementation of unary -';
CREATE OPERATOR - (RIGHTARG = opt_expr, FUNCTION = opt_expr_neg);
COMMENT ON OPERATOR - (NONE, opt_expr) IS 'negative';

CREATE FUNCTION opt_expr_plus(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_plus(opt_expr) IS 'implementation of unary +';
CREATE OPERATOR + (RIGHTARG = opt_expr, FUNCTION = opt_expr_plus);
COMMENT ON OPERATOR + (NONE, opt_expr) IS 'the expression itself';

--
-- Functions: the table of src/expr/ops.def.  least and greatest are words of
-- SQL's grammar and cannot be overloaded; here they are opt_least, opt_greatest.
--

CREATE FUNCTION exp(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_EXP' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION exp(opt_expr) IS 'exponential';

CREATE FUNCTION ln(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_LN' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ln(opt_expr) IS 'natural logarithm';

CREATE FUNCTION log10(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_LOG10' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION log10(opt_expr) IS 'logarithm to base 10';

CREATE FUNCTION log(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_LOG10' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION log(opt_expr) IS 'logarithm to base 10, as log(numeric)';

CREATE FUNCTION sqrt(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_SQRT' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sqrt(opt_expr) IS 'square root';

CREATE FUNCTION sin(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_SIN' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sin(opt_expr) IS 'sine';

CREATE FUNCTION cos(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_COS' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cos(opt_expr) IS 'cosine';

CREATE FUNCTION tan(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_TAN' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION tan(opt_expr) IS 'tangent';

CREATE FUNCTION asin(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ASIN' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION asin(opt_expr) IS 'arc sine';

CREATE FUNCTION acos(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ACOS' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION acos(opt_expr) IS 'arc cosine';

CREATE FUNCTION atan(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ATAN' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION atan(opt_expr) IS 'arc tangent';

CREATE FUNCTION sinh(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_SINH' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sinh(opt_expr) IS 'hyperbolic sine';

CREATE FUNCTION cosh(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_COSH' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cosh(opt_expr) IS 'hyperbolic cosine';

CREATE FUNCTION tanh(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_TANH' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION tanh(opt_expr) IS 'hyperbolic tangent';

CREATE FUNCTION asinh(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ASINH' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION asinh(opt_expr) IS 'inverse hyperbolic sine';

CREATE FUNCTION acosh(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ACOSH' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION acosh(opt_expr) IS 'inverse hyperbolic cosine';

CREATE FUNCTION atanh(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ATANH' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION atanh(opt_expr) IS 'inverse hyperbolic tangent';

CREATE FUNCTION erf(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ERF' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION erf(opt_expr) IS 'error function';

CREATE FUNCTION abs(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ABS' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION abs(opt_expr) IS 'absolute value';

CREATE FUNCTION sign(opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_SIGN' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sign(opt_expr) IS 'sign: -1, 0 or 1';

CREATE FUNCTION power(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_POWER' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION power(opt_expr, opt_expr) IS 'the first to the power of the second';

CREATE FUNCTION atan2(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_ATAN2' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION atan2(opt_expr, opt_expr) IS 'arc tangent of the quotient, in the right quadrant';

CREATE FUNCTION opt_least(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_LEAST' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_least(opt_expr, opt_expr) IS 'the smaller of two';
CREATE FUNCTION opt_least(VARIADIC opt_expr[]) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_least_of' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_least(opt_expr[]) IS 'the smallest of any number';

CREATE FUNCTION opt_greatest(opt_expr, opt_expr) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_expr_GREATEST' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_greatest(opt_expr, opt_expr) IS 'the larger of two';
CREATE FUNCTION opt_greatest(VARIADIC opt_expr[]) RETURNS opt_expr
	AS 'MODULE_PATHNAME', 'opt_greatest_of' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_greatest(opt_expr[]) IS 'the largest of any number';
