-- What the extension puts into the catalogs.
SELECT p.oid::regprocedure AS function, provolatile AS v, proparallel AS p, proisstrict AS strict, procost AS cost, prorows AS rows
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'constropt'
ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT o.oid::regoperator AS operator, oprresult::regtype AS result, oprcode::regproc AS function, oprcom::regoperator AS commutator
FROM pg_operator o JOIN pg_depend d ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'constropt'
ORDER BY o.oid::regoperator::text COLLATE "C";
SELECT castsource::regtype AS source, casttarget::regtype AS target, castcontext AS context FROM pg_cast
WHERE casttarget IN ('opt_expr'::regtype, 'opt_constraint'::regtype, 'opt_problem'::regtype) ORDER BY 1::text, 2::text;
SELECT typname, typlen, typalign, typstorage, typcategory, typispreferred FROM pg_type WHERE typname ~ '^opt_' AND typtype = 'b' ORDER BY typname COLLATE "C";
SELECT aggfnoid::regprocedure AS aggregate, aggcombinefn <> 0 AS combines, aggserialfn <> 0 AS serializes, aggdeserialfn <> 0 AS deserializes, aggtransspace AS space
FROM pg_aggregate a JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = a.aggfnoid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'constropt'
ORDER BY aggfnoid::regprocedure::text COLLATE "C";
-- nothing without a comment, nothing leakproof, nothing with another's rights
SELECT d.classid::regclass, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'constropt'
WHERE d.deptype = 'e' AND obj_description(d.objid, d.classid::regclass::name) IS NULL AND d.classid NOT IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
	AND NOT EXISTS (SELECT FROM pg_type a WHERE d.classid = 'pg_type'::regclass AND a.oid = d.objid AND a.typcategory = 'A');
SELECT proname FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'constropt' WHERE proleakproof OR prosecdef OR proconfig IS NOT NULL;
-- every function a text may use is a function of SQL, least and greatest under other names
CREATE FUNCTION pg_temp.text_functions() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM opt_expr_in('nosuch(x)');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN regexp_split_to_array(substring(hint FROM 'Functions are (.*)\.'), ', ');
END $$;
SELECT count(*), array_agg(f) FILTER (WHERE coalesce(to_regprocedure(f || '(opt_expr)'), to_regprocedure(f || '(opt_expr, opt_expr)'),
	to_regprocedure('opt_' || f || '(opt_expr, opt_expr)')) IS NULL) AS missing FROM unnest(pg_temp.text_functions()) f;
-- settings
SELECT name, setting, unit, context, vartype, min_val FROM pg_settings WHERE name LIKE 'constropt.%' ORDER BY name;
SET constropt.no_such = 1;
-- relocatable
CREATE SCHEMA elsewhere;
ALTER EXTENSION constropt SET SCHEMA elsewhere;
SELECT elsewhere.opt_minimize(2.0 OPERATOR(elsewhere.*) elsewhere.opt_var('x'), elsewhere.opt_con('c', elsewhere.opt_var('x') OPERATOR(elsewhere.>=) 1.0));
SET search_path = elsewhere;
SELECT sum(2 * opt_var('x', i)) <= 3 FROM generate_series(1, 2) i;
RESET search_path;
ALTER EXTENSION constropt SET SCHEMA public;
DROP SCHEMA elsewhere;
