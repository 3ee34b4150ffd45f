-- Netlib LP: as relations through opt_qp, as MPS text through opt_read_mps, and
-- the infeasible ones.  (The core's own test solves all of them.)
CREATE TABLE var (problem text, j int, name text, c float8, lb float8, ub float8);
CREATE TABLE con (problem text, i int, name text, lo float8, hi float8);
CREATE TABLE a (problem text, i int, j int, v float8);
CREATE TABLE known (problem text, size_class text, form text, m int, n int, nnz int, c0 float8, netlib float8, fopt float8, clp float8, status text, note text);
\copy var FROM PROGRAM 'zcat netlib_lp/tables/small_var.tsv.gz netlib_lp/tables/infeasible_var.tsv.gz'
\copy con FROM PROGRAM 'zcat netlib_lp/tables/small_row.tsv.gz netlib_lp/tables/infeasible_row.tsv.gz'
\copy a FROM PROGRAM 'zcat netlib_lp/tables/small_a.tsv.gz netlib_lp/tables/infeasible_a.tsv.gz'
\copy known FROM 'netlib_lp/problems.tsv' (FORMAT csv, DELIMITER E'\t', HEADER, QUOTE E'\x02')
CREATE INDEX ON var (problem);
CREATE INDEX ON con (problem);
CREATE INDEX ON a (problem);
ANALYZE;

CREATE FUNCTION answer(problem text) RETURNS TABLE (objective float8, state text) LANGUAGE sql AS $$
	SELECT sum(c * value) FILTER (WHERE kind = 'variable'), min(state) FILTER (WHERE value IS NULL)
	  FROM opt_qp(linear => format('SELECT j AS v, c FROM var WHERE problem = %L', $1),
				  matrix => format('SELECT i AS con, j AS v, v AS coef FROM a WHERE problem = %L', $1),
				  rows => format('SELECT i AS con, lo AS lower, hi AS upper FROM con WHERE problem = %L', $1),
				  bounds => format('SELECT j AS v, lb AS lower, ub AS upper FROM var WHERE problem = %L', $1)) r
	  LEFT JOIN var ON var.problem = $1 AND j::text = key AND kind = 'variable' $$;

SELECT state IS NULL AND abs(objective + c0 - fopt) <= 1e-6 * greatest(1, abs(fopt)), format('%s, relations: %s %s', problem, objective + c0, state)
  FROM known, answer(problem) WHERE size_class = 'small' AND status = 'optimal' ORDER BY problem;
SELECT objective IS NULL AND state = 'infeasible', format('%s: %s', problem, state)
  FROM (SELECT DISTINCT problem FROM var) v LEFT JOIN known k USING (problem), answer(problem)
 WHERE k.status = 'infeasible' OR k.status IS NULL ORDER BY problem;
SELECT count(*) >= 10, format('%s infeasible problems', count(*)) FROM known WHERE status = 'infeasible';

CREATE TABLE line (n serial, problem text, line text);
\copy line (problem, line) FROM PROGRAM 'for p in afiro adlittle sc50a sc50b kb2 share2b lotfi boeing2 bore3d brandy israel scagr7 vtpbase stair grow15 e226; do [ -e netlib_lp/mps/$p.mps ] && sed "s/^/$p\x01/" netlib_lp/mps/$p.mps; done; true' (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')
SELECT i.status = 'optimal' AND abs(i.objective - fopt) <= 1e-6 * greatest(1, abs(fopt)), format('%s, text: %s %s', problem, i.status, i.objective)
  FROM (SELECT problem, opt_solve(opt_read_mps(string_agg(line, E'\n' ORDER BY n))) AS sol FROM line GROUP BY problem OFFSET 0) s
  JOIN known USING (problem), opt_info(sol) i ORDER BY problem;
