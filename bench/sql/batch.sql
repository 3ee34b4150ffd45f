-- One problem for each portfolio, all of them in one statement.
WITH w AS (SELECT portfolio, asset, mu, opt_var('w', asset, lb => 0) AS w FROM holdings),
risk AS (SELECT portfolio, opt_quad('w', i, j, cov) AS variance FROM portfolio_covm GROUP BY portfolio),
held AS (SELECT portfolio, sum(w) AS invested, sum(mu * w) AS ret FROM w GROUP BY portfolio),
s AS MATERIALIZED (
	SELECT portfolio, opt_solve(opt_minimize(variance,
			opt_con('budget', invested == 1),
			opt_con('target', ret >= target))) AS sol
	FROM risk JOIN held USING (portfolio) JOIN mandates USING (portfolio)),
wrote AS (
	INSERT INTO portfolio_weights SELECT portfolio, key::int, value FROM s, opt_variables(sol))
SELECT count(*) FILTER (WHERE opt_status(sol) = 'optimal'), sum(time_total)
FROM s, opt_info(sol)
