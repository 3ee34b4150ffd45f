-- The factor exposures are variables of their own: a sparse problem.
WITH w AS (SELECT asset, mu, sector, specific, opt_var('w', asset, lb => 0) AS w FROM assets),
f AS (SELECT factor, variance, opt_var('f', factor) AS f FROM factors),
s AS MATERIALIZED (
	SELECT clock_timestamp() AS built, opt_solve(problem) AS sol, clock_timestamp() AS solved
	FROM (SELECT opt_minimize(
			(SELECT sum(variance * f ^ 2) FROM f) + (SELECT sum(specific * w ^ 2) FROM w),
			(SELECT opt_all(opt_con('exposure', factor, exposure == f))
			 FROM (SELECT factor, opt_lin('w', asset, beta) AS exposure FROM loadings GROUP BY factor) x JOIN f USING (factor)),
			opt_con('budget', (SELECT sum(w) FROM w) == 1),
			opt_con('target', (SELECT sum(mu * w) FROM w) >= target),
			(SELECT opt_all(opt_con('sector', sector, invested <= cap))
			 FROM (SELECT sector, sum(w) AS invested FROM w GROUP BY sector) x)) AS problem
		FROM limits OFFSET 0) p),
wrote AS (
	INSERT INTO weights SELECT key::int, value FROM s, opt_variables(sol) WHERE name = 'w')
SELECT extract(epoch FROM built - statement_timestamp()), extract(epoch FROM solved - built),
	status, iterations, kkt_path
FROM s, opt_info(sol)
