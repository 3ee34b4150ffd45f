-- sum, avg, opt_all, opt_lin, opt_quad, opt_rows.

CREATE TABLE asset (id int, sector text, mu float8, cap numeric);
INSERT INTO asset VALUES (1, 'tech', 0.1, 0.5), (2, 'tech', 0.2, 0.4), (3, 'util', 0.05, NULL);
CREATE TABLE risk AS SELECT a.id AS i, b.id AS j, (1 + a.id * b.id) / 4.0::float8 AS q FROM asset a, asset b;

WITH w AS (SELECT *, opt_var('w', id, lb => 0, ub => cap) AS w FROM asset)
SELECT sum(w), sum(mu * w), avg(w), sum(w) == 1, sum(w) FILTER (WHERE sector = 'tech') AS tech FROM w;
-- by itself: from PostgreSQL 16 on the sort serves the aggregates beside it as well
WITH w AS (SELECT id, opt_var('w', id, lb => 0, ub => cap) AS w FROM asset)
SELECT sum(2 * w ORDER BY id DESC) AS other_order FROM w;
WITH w AS (SELECT *, opt_var('w', id) AS w FROM asset)
SELECT sector, sum(w) <= 0.6 AS cap FROM w GROUP BY sector ORDER BY sector;
WITH w AS (SELECT *, opt_var('w', id) AS w FROM asset)
SELECT sector, id, sum(w) OVER (PARTITION BY sector ORDER BY id) FROM w;

-- triplets say the same as operators
SELECT opt_quad('w', i, j, q) FROM risk;
SELECT opt_quad('w', i, j, q)::text =
	replace((SELECT sum(q * opt_var('w', i) * opt_var('w', j) ORDER BY i, j)::text FROM risk), 'in [-inf, inf]', 'undefined') AS same
FROM (SELECT * FROM risk ORDER BY i, j) r;
SELECT opt_lin('w', id, mu) + opt_var('w', 1, ub => 3) FROM asset;
SELECT opt_lin('w', (id, sector), mu) FROM asset;
SELECT opt_rows('cap', sector, 'w', id, mu, 0, 1) FROM asset;
SELECT opt_rows('r', i, 'w', j, q, NULL, i) FROM risk;
SELECT opt_rows('r', i % 2, 'w', j, q, i % 2, i % 2) FROM risk;
SELECT opt_rows('r', sector, 'w', id, mu, 0, cap) FROM asset;
SELECT opt_rows('r', id, 'w', id, mu, 'NaN', 1) FROM asset;
SELECT opt_rows('r', id, 'w', id, mu, 'infinity', 1) FROM asset;

-- opt_all keeps names, keys and bounds, and takes sets apart
SELECT opt_all(c) FROM (VALUES ('a: x <= 1'::opt_constraint), ('y >= 2; b[''k'']: 0 <= z <= 1'), ('')) v(c);

-- over no rows: NULL, as SQL says, and no operator takes it for zero
SELECT sum(x) IS NULL AS s, avg(x) IS NULL AS a FROM (SELECT opt_var('x') AS x WHERE false) e;
SELECT opt_all(c) IS NULL AS c, (SELECT opt_lin('w', id, mu) IS NULL FROM asset WHERE false) AS l,
	(SELECT opt_rows('r', id, 'w', id, mu, 0, 1) IS NULL FROM asset WHERE false) AS r FROM (SELECT 'x <= 1'::opt_constraint AS c WHERE false) e;
SELECT sum(x) <= 5 FROM (SELECT opt_var('x') AS x WHERE false) e;
SELECT coalesce(sum(x), 0) <= 5 FROM (SELECT opt_var('x') AS x WHERE false) e;

-- a NULL row is an error
SELECT sum(cap * opt_var('w', id)) FROM asset;
SELECT sum(coalesce(cap, 1) * opt_var('w', id)) FROM asset;
SELECT sum(x) FROM (VALUES (1, opt_var('x', 1)), (2, NULL), (3, opt_var('x', 3))) v(i, x);
SELECT opt_all(x) FROM (VALUES (opt_var('x', 1) <= 1), (NULL)) v(x);
SELECT opt_lin('w', id, cap) FROM asset;
SELECT opt_quad('w', 1, NULL::int, 1);
SELECT opt_quad(NULL, 1, 2, 1);
SELECT opt_lin('w', id, 'NaN') FROM asset;
SELECT opt_lin('', id, 1) FROM asset;

-- combined in parallel workers: the same terms
CREATE TABLE many (i int, j int, q float8);
INSERT INTO many SELECT i, j, i + j / 64.0 FROM generate_series(1, 200) i, generate_series(1, 50) j;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE TEMP TABLE serial AS
	SELECT sum(q * opt_var('w', i) * opt_var('w', j)) AS s, avg(q * opt_var('w', i)) AS a, opt_quad('w', i, j, q) AS quad, opt_lin('w', i, q) AS lin,
		opt_all(opt_con('c', (i, j), q * opt_var('w', i) <= 1)) AS c, opt_rows('r', i, 'w', j, q, 0, i) AS r FROM many;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;
CREATE FUNCTION pg_temp.plan_line(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		RETURN NEXT substring(line FROM '(Finalize Aggregate|Partial Aggregate|Workers Planned: \d)');
	END LOOP;
END $$;
SELECT l FROM pg_temp.plan_line('SELECT sum(q * opt_var(''w'', i)), avg(q * opt_var(''w'', i)), opt_quad(''w'', i, j, q), opt_lin(''w'', i, q), opt_all(opt_con(''c'', (i, j), q * opt_var(''w'', i) <= 1)), opt_rows(''r'', i, ''w'', j, q, 0, i) FROM many') l WHERE l IS NOT NULL;
CREATE TEMP TABLE parallel AS
	SELECT sum(q * opt_var('w', i) * opt_var('w', j)) AS s, avg(q * opt_var('w', i)) AS a, opt_quad('w', i, j, q) AS quad, opt_lin('w', i, q) AS lin,
		opt_all(opt_con('c', (i, j), q * opt_var('w', i) <= 1)) AS c, opt_rows('r', i, 'w', j, q, 0, i) AS r FROM many;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET parallel_leader_participation;
-- terms, and factors in them, may stand in another order: compare them sorted
CREATE FUNCTION pg_temp.terms(t text) RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(p, ' ' ORDER BY p COLLATE "C"))
	FROM (SELECT (SELECT string_agg(f, '*' ORDER BY f COLLATE "C") FROM regexp_split_to_table(term, '\*') f) AS p
		FROM regexp_split_to_table(t, '( \+ |; | where |, )') term) s
$$;
SELECT pg_temp.terms(s.s::text) = pg_temp.terms(p.s::text) AS sum, pg_temp.terms(s.a::text) = pg_temp.terms(p.a::text) AS avg,
	pg_temp.terms(s.quad::text) = pg_temp.terms(p.quad::text) AS quad, pg_temp.terms(s.lin::text) = pg_temp.terms(p.lin::text) AS lin,
	pg_temp.terms(s.c::text) = pg_temp.terms(p.c::text) AS all, length(s.r::text) = length(p.r::text) AS rows FROM serial s, parallel p;
DROP TABLE asset, risk, many;

-- not to be called by hand
SELECT opt_agg_final(0);
SELECT opt_agg_serialize(0);

-- the memory of a model is limited, and said before it is taken
SET constropt.max_memory = '1MB';
\set VERBOSITY sqlstate
SELECT sum(opt_var('x', i)) IS NOT NULL FROM generate_series(1, 100000) i;
SELECT opt_quad('x', i, i, 1) IS NOT NULL FROM generate_series(1, 100000) i;
\set VERBOSITY default
RESET constropt.max_memory;
SELECT sum(opt_var('x', i)) IS NOT NULL AS made FROM generate_series(1, 100000) i;
