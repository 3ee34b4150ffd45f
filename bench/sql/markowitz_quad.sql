-- From rows to rows in one statement.  OFFSET 0 has the problem built before
-- the first clock is read, so that building and solving are told apart.
WITH w AS (SELECT asset, mu, sector, opt_var('w', asset, lb => 0) AS w FROM assets),
s AS MATERIALIZED (
	SELECT clock_timestamp() AS built, opt_solve(problem) AS sol, clock_timestamp() AS solved
	FROM (SELECT opt_minimize(
			(SELECT opt_quad('w', i, j, cov) FROM covm),
			opt_con('budget', (SELECT sum(w) FROM w) == 1),
			opt_con('target', (SELECT sum(mu * w) FROM w) >= target),
			(SELECT opt_all(opt_con('sector', sector, invested <= cap))
			 FROM (SELECT sector, sum(w) AS invested FROM w GROUP BY sector) x)) AS problem
		FROM limits OFFSET 0) p),
wrote AS (
	INSERT INTO weights SELECT key::int, value FROM s, opt_variables(sol))
SELECT extract(epoch FROM built - statement_timestamp()), extract(epoch FROM solved - built),
	status, iterations, kkt_path
FROM s, opt_info(sol)
