-- NIST StRD nonlinear regression: a formula over the rows of a table, from both
-- starts; parameters to 6 and the residual sum of squares to 8 certified digits.
CREATE TABLE observation (dataset text, k int, y float8, x1 float8, x2 float8);
CREATE TABLE parameter (dataset text, name text, start1 float8, start2 float8, certified float8, sd float8);
CREATE TABLE model (dataset text PRIMARY KEY, difficulty text, origin text, n_observation int, n_parameter int, n_predictor int,
					response text, formula text, rss float8, rsd float8, dof int);
\copy observation FROM 'nist_strd/observations.tsv'
\copy parameter FROM 'nist_strd/parameters.tsv'
\copy model FROM 'nist_strd/models.tsv'
ANALYZE;

-- The formulas are texts; each row's numbers take the places of the names.
CREATE FUNCTION at_row(formula text, o observation) RETURNS opt_expr IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(regexp_replace(formula, '\mx1?\M', '(' || o.x1 || ')', 'g'),
		'\mx2\M', '(' || coalesce(o.x2, 0) || ')', 'g'), '\my\M', '(' || o.y || ')', 'g')::opt_expr $$;

CREATE VIEW fit AS
SELECT dataset, s.start, rss, n_parameter, opt_minimize(r.total + p.defined) AS problem
FROM model JOIN (VALUES (1), (2)) s(start) ON true
JOIN (SELECT dataset, sum((at_row(response, o) - at_row(formula, o))^2) AS total
	  FROM model JOIN observation o USING (dataset) GROUP BY dataset) r USING (dataset)
JOIN (SELECT dataset, s.start, sum(0 * opt_var(name, start => CASE s.start WHEN 1 THEN start1 ELSE start2 END)) AS defined
	  FROM parameter, (VALUES (1), (2)) s(start) GROUP BY 1, 2) p USING (dataset, start);

CREATE TABLE fitted AS
SELECT dataset, start, rss, opt_solve(problem, options => '{"tolerance": 1e-12, "absolute_tolerance": 1e-14, "acceptable_tolerance": 1e-12, "nonlinear_max_iterations": 20000}') AS sol FROM fit;

-- Rounding y alone moves the sum of squares by resolution: of Lanczos1, whose
-- residuals are 1e-13, no more than three digits are there.
SELECT coalesce(rss_digits >= 8 AND parameter_digits >= 6, false),
	   format('%s from start %s: %s, rss %s (%s digits), parameters %s digits, %s iterations', dataset, start, i.status, i.objective,
			  round(rss_digits::numeric, 1), round(parameter_digits::numeric, 1), i.iterations)
FROM fitted, opt_info(sol) i,
	 LATERAL (SELECT 2 * 2.2e-16 * max(abs(y)) * sqrt(count(*) * rss) AS resolution FROM observation o WHERE o.dataset = fitted.dataset) o,
	 LATERAL (SELECT -log(greatest(1e-15, (abs(i.objective - rss) - resolution) / rss)) AS rss_digits) d,
	 LATERAL (SELECT min(-log(greatest(1e-15, abs(opt_value(sol, p.name::opt_expr) - certified) / abs(certified)))) AS parameter_digits
			  FROM parameter p WHERE p.dataset = fitted.dataset) q
ORDER BY dataset, start;

-- Standard errors of every fit to 5 digits of the certificates, but for what rounding leaves of the residual variance (Lanczos1).
SELECT bool_and(coalesce(c.reliable AND abs(c.standard_error - p.sd) <= (1e-5 + resolution / f.rss) * p.sd, false)),
	   format('%s from start %s: standard errors to %s digits', f.dataset, f.start, round(min(-log(greatest(1e-15, abs(c.standard_error - p.sd) / p.sd)))::numeric, 1))
FROM fitted f JOIN parameter p USING (dataset) LEFT JOIN LATERAL (SELECT * FROM opt_covariance(f.sol)) c ON c.name = p.name AND c.other_name = p.name,
	 LATERAL (SELECT 2 * 2.2e-16 * max(abs(y)) * sqrt(count(*) * f.rss) AS resolution FROM observation o WHERE o.dataset = f.dataset) o
GROUP BY f.dataset, f.start ORDER BY f.dataset, f.start;

-- None is lost: both starts of each.
SELECT count(*) = 2 * (SELECT count(*) FROM model) AND count(*) >= 36, format('%s fits of %s sets', count(*), count(DISTINCT dataset)) FROM fitted;
