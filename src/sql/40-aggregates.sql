
--
-- Aggregates.  Over no rows they are NULL, which every operator and
-- opt_minimize refuse.
--

CREATE FUNCTION opt_expr_sum_trans(internal, opt_expr) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_sum_trans(internal, opt_expr) IS 'transition of sum and avg';

CREATE FUNCTION opt_expr_sum_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_sum_combine(internal, internal) IS 'combine function of sum, avg, opt_lin and opt_quad';

CREATE FUNCTION opt_agg_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_agg_serialize(internal) IS 'state of an aggregate for another process';

CREATE FUNCTION opt_expr_sum_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_sum_deserialize(bytea, internal) IS 'state of sum, avg, opt_lin and opt_quad from another process';

CREATE FUNCTION opt_agg_final(internal) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_agg_final(internal) IS 'result of sum, opt_lin and opt_quad';

CREATE FUNCTION opt_expr_avg_final(internal) RETURNS opt_expr
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_expr_avg_final(internal) IS 'result of avg';

CREATE FUNCTION opt_all_trans(internal, opt_constraint) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_all_trans(internal, opt_constraint) IS 'transition of opt_all';

CREATE FUNCTION opt_all_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_all_combine(internal, internal) IS 'combine function of opt_all';

CREATE FUNCTION opt_all_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_all_deserialize(bytea, internal) IS 'state of opt_all from another process';

CREATE FUNCTION opt_all_final(internal) RETURNS opt_constraint
	AS 'MODULE_PATHNAME', 'opt_agg_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_all_final(internal) IS 'result of opt_all';

CREATE FUNCTION opt_lin_trans(internal, text, "any", float8) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_lin_trans(internal, text, "any", float8) IS 'transition of opt_lin';

CREATE FUNCTION opt_quad_trans(internal, text, "any", "any", float8) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_quad_trans(internal, text, "any", "any", float8) IS 'transition of opt_quad';

CREATE FUNCTION opt_rows_trans(internal, text, "any", text, "any", float8, float8, float8) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_rows_trans(internal, text, "any", text, "any", float8, float8, float8) IS 'transition of opt_rows';

CREATE FUNCTION opt_rows_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_rows_combine(internal, internal) IS 'combine function of opt_rows';

CREATE FUNCTION opt_rows_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_rows_serialize(internal) IS 'state of opt_rows for another process';

CREATE FUNCTION opt_rows_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opt_rows_deserialize(bytea, internal) IS 'state of opt_rows from another process';

CREATE FUNCTION opt_rows_final(internal) RETURNS opt_constraint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION opt_rows_final(internal) IS 'result of opt_rows';

CREATE AGGREGATE sum(opt_expr) (
	SFUNC = opt_expr_sum_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = opt_agg_final,
	COMBINEFUNC = opt_expr_sum_combine,
	SERIALFUNC = opt_agg_serialize,
	DESERIALFUNC = opt_expr_sum_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(opt_expr) IS 'sum of expressions';

CREATE AGGREGATE avg(opt_expr) (
	SFUNC = opt_expr_sum_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = opt_expr_avg_final,
	COMBINEFUNC = opt_expr_sum_combine,
	SERIALFUNC = opt_agg_serialize,
	DESERIALFUNC = opt_expr_sum_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE avg(opt_expr) IS 'average of expressions';

CREATE AGGREGATE opt_lin(name text, key "any", coef float8) (
	SFUNC = opt_lin_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = opt_agg_final,
	COMBINEFUNC = opt_expr_sum_combine,
	SERIALFUNC = opt_agg_serialize,
	DESERIALFUNC = opt_expr_sum_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE opt_lin(text, "any", float8) IS 'sum of coef * variable (name, key), which is defined elsewhere';

CREATE AGGREGATE opt_quad(name text, i "any", j "any", q float8) (
	SFUNC = opt_quad_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = opt_agg_final,
	COMBINEFUNC = opt_expr_sum_combine,
	SERIALFUNC = opt_agg_serialize,
	DESERIALFUNC = opt_expr_sum_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE opt_quad(text, "any", "any", float8) IS 'sum of q * variable (name, i) * variable (name, j) over the rows as given';

CREATE AGGREGATE opt_all(opt_constraint) (
	SFUNC = opt_all_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = opt_all_final,
	COMBINEFUNC = opt_all_combine,
	SERIALFUNC = opt_agg_serialize,
	DESERIALFUNC = opt_all_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE opt_all(opt_constraint) IS 'the constraints of all rows as one set';

CREATE AGGREGATE opt_rows(con text, con_key "any", var text, var_key "any", coef float8, lower float8, upper float8) (
	SFUNC = opt_rows_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = opt_rows_final,
	COMBINEFUNC = opt_rows_combine,
	SERIALFUNC = opt_rows_serialize,
	DESERIALFUNC = opt_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE opt_rows(text, "any", text, "any", float8, float8, float8) IS 'linear constraints from triplets: lower <= sum of coef * variable <= upper for each (con, con_key)';
