-- Maros and Meszaros' convex QPs: as relations through opt_qp, as QPS text
-- through opt_read_mps.  (The core's own test solves all of them.)
CREATE TABLE var (problem text, j int, name text, c float8, lb float8, ub float8);
CREATE TABLE con (problem text, i int, name text, lo float8, hi float8);
CREATE TABLE a (problem text, i int, j int, v float8);
CREATE TABLE p (problem text, i int, j int, v float8);
CREATE TABLE known (problem text, size_class text, m int, n int, nnz_a int, nnz_p int, c0 float8, published float8, fopt float8, solver text, rel_err float8, convex bool, note text);
\copy var FROM PROGRAM 'zcat maros_meszaros_qp/tables/small_var.tsv.gz'
\copy con FROM PROGRAM 'zcat maros_meszaros_qp/tables/small_row.tsv.gz'
\copy a FROM PROGRAM 'zcat maros_meszaros_qp/tables/small_a.tsv.gz'
\copy p FROM PROGRAM 'zcat maros_meszaros_qp/tables/small_p.tsv.gz'
\copy known FROM 'maros_meszaros_qp/problems.tsv' (FORMAT csv, DELIMITER E'\t', HEADER, QUOTE E'\x02')
CREATE INDEX ON var (problem);
CREATE INDEX ON con (problem);
CREATE INDEX ON a (problem);
CREATE INDEX ON p (problem);
ANALYZE;

-- 1/2 x'Px of the lower triangle: half the diagonal, the rest as it is
CREATE FUNCTION answer(problem text) RETURNS TABLE (objective float8, state text) LANGUAGE sql AS $$
	WITH r AS MATERIALIZED (
	SELECT kind, key, value, state
	  FROM opt_qp(quadratic => format('SELECT i, j, CASE WHEN i = j THEN v / 2 ELSE v END AS q FROM p WHERE problem = %L', $1),
				  linear => format('SELECT j AS v, c FROM var WHERE problem = %L', $1),
				  matrix => format('SELECT i AS con, j AS v, v AS coef FROM a WHERE problem = %L', $1),
				  rows => format('SELECT i AS con, lo AS lower, hi AS upper FROM con WHERE problem = %L', $1),
				  bounds => format('SELECT j AS v, lb AS lower, ub AS upper FROM var WHERE problem = %L', $1))),
	x AS MATERIALIZED (SELECT key::int AS j, value FROM r WHERE kind = 'variable')
	SELECT (SELECT sum(c * value) FROM x JOIN var USING (j) WHERE var.problem = $1)
		   + coalesce((SELECT sum(CASE WHEN p.i = p.j THEN v / 2 ELSE v END * x.value * y.value)
						 FROM p JOIN x ON x.j = p.i JOIN x y ON y.j = p.j WHERE p.problem = $1), 0),
		   (SELECT min(state) FROM r WHERE value IS NULL) $$;

SELECT state IS NULL AND abs(objective + c0 - fopt) <= 1e-6 * greatest(1, abs(fopt)), format('%s, relations: %s (%s) %s', problem, objective + c0, fopt, state)
  FROM known, answer(problem) WHERE size_class = 'small' AND convex ORDER BY problem;

CREATE TABLE line (n serial, problem text, line text);
\copy line (problem, line) FROM PROGRAM 'for p in HS21 HS35 HS118 HS268 DUALC2 QADLITTL QISRAEL QRECIPE QPCBLEND LOTSCHD CVXQP1_S GENHS28 TAME ZECEVIC2 PRIMALC1 QPTEST; do [ -e maros_meszaros_qp/qps/$p.QPS ] && sed "s/^/$p\x01/" maros_meszaros_qp/qps/$p.QPS; done; true' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
SELECT i.status = 'optimal' AND abs(i.objective - fopt) <= 1e-6 * greatest(1, abs(fopt)), format('%s, text: %s %s', problem, i.status, i.objective)
  FROM (SELECT problem, opt_solve(opt_read_mps(string_agg(line, E'\n' ORDER BY n))) AS sol FROM line GROUP BY problem OFFSET 0) s
  JOIN known USING (problem), opt_info(sol) i ORDER BY problem;
