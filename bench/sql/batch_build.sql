-- What batch.sql does before it solves.
WITH w AS (SELECT portfolio, asset, mu, opt_var('w', asset, lb => 0) AS w FROM holdings),
risk AS (SELECT portfolio, opt_quad('w', i, j, cov) AS variance FROM portfolio_covm GROUP BY portfolio),
held AS (SELECT portfolio, sum(w) AS invested, sum(mu * w) AS ret FROM w GROUP BY portfolio)
SELECT count(opt_minimize(variance, opt_con('budget', invested == 1), opt_con('target', ret >= target)))
FROM risk JOIN held USING (portfolio) JOIN mandates USING (portfolio)
