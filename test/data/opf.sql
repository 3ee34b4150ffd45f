-- AC optimal power flow in polar coordinates, stated over bus, generator and
-- branch tables: the published optimum of every case up to 118 buses.
CREATE TABLE grid (name text PRIMARY KEY, base_mva float8, n_bus int, n_gen int, n_branch int, ac_n int, ac_m int,
				   f_dc_published float8, f_ac_published float8, f_dc float8, f_ac float8);
CREATE TABLE bus (name text, bus int, type int, pd float8, qd float8, gs float8, bs float8, area int, vm float8, va float8,
				  base_kv float8, zone int, vmax float8, vmin float8);
CREATE TABLE gen (name text, k int, bus int, pg float8, qg float8, qmax float8, qmin float8, vg float8, mbase float8, status int,
				  pmax float8, pmin float8, c2 float8, c1 float8, c0 float8);
CREATE TABLE branch (name text, k int, fbus int, tbus int, r float8, x float8, b float8, rate_a float8, rate_b float8, rate_c float8,
					 tap float8, shift float8, status int, angmin float8, angmax float8);
\copy grid FROM 'pglib_opf/case.tsv'
\copy bus FROM 'pglib_opf/bus.tsv'
\copy gen FROM 'pglib_opf/gen.tsv'
\copy branch FROM 'pglib_opf/branch.tsv'
ANALYZE;

CREATE FUNCTION acopf(grid_name text) RETURNS opt_problem STABLE LANGUAGE sql AS $$
WITH base AS (SELECT base_mva AS mva FROM grid WHERE name = grid_name),
n AS MATERIALIZED (	-- buses: voltage magnitude and angle, per unit and radians
	SELECT bus, pd / mva AS pd, qd / mva AS qd, gs / mva AS gs, bs / mva AS bs,
		opt_var('vm', bus, lb => vmin, ub => vmax, start => 1) AS vm,
		opt_var('va', bus, lb => CASE type WHEN 3 THEN 0 END, ub => CASE type WHEN 3 THEN 0 END, start => 0) AS va
	FROM bus, base WHERE name = grid_name AND type <> 4),
g AS MATERIALIZED (
	SELECT k, bus, c2 * mva ^ 2 AS c2, c1 * mva AS c1, c0,
		opt_var('pg', k, lb => pmin / mva, ub => pmax / mva) AS pg, opt_var('qg', k, lb => qmin / mva, ub => qmax / mva) AS qg
	FROM gen, base WHERE name = grid_name AND status = 1),
pi AS (			-- admittance, shunt and complex ratio of a branch
	SELECT k, fbus, tbus, r / (r * r + x * x) AS g, -x / (r * r + x * x) AS b, b / 2 AS b_shunt,
		coalesce(nullif(tap, 0), 1) * cosd(shift) AS tr, coalesce(nullif(tap, 0), 1) * sind(shift) AS ti,
		coalesce(nullif(tap, 0), 1) ^ 2 AS tm, nullif(rate_a, 0) / mva AS rate, radians(angmin) AS angmin, radians(angmax) AS angmax
	FROM branch, base WHERE name = grid_name AND status = 1),
e AS MATERIALIZED (
	SELECT pi.*, f.vm AS vf, t.vm AS vt, f.va - t.va AS angle,
		opt_var('pf', k, lb => -rate, ub => rate) AS pf, opt_var('qf', k, lb => -rate, ub => rate) AS qf,
		opt_var('pt', k, lb => -rate, ub => rate) AS pt, opt_var('qt', k, lb => -rate, ub => rate) AS qt
	FROM pi JOIN n f ON f.bus = fbus JOIN n t ON t.bus = tbus),
flow AS (
	SELECT opt_all(opt_con('pf', k, pf == (g / tm) * vf ^ 2 + ((-g * tr + b * ti) / tm) * (vf * vt * cos(angle)) + ((-b * tr - g * ti) / tm) * (vf * vt * sin(angle)))) AS pf,
		opt_all(opt_con('qf', k, qf == (-(b + b_shunt) / tm) * vf ^ 2 - ((-b * tr - g * ti) / tm) * (vf * vt * cos(angle)) + ((-g * tr + b * ti) / tm) * (vf * vt * sin(angle)))) AS qf,
		opt_all(opt_con('pt', k, pt == g * vt ^ 2 + ((-g * tr - b * ti) / tm) * (vt * vf * cos(angle)) - ((-b * tr + g * ti) / tm) * (vt * vf * sin(angle)))) AS pt,
		opt_all(opt_con('qt', k, qt == (-(b + b_shunt)) * vt ^ 2 - ((-b * tr + g * ti) / tm) * (vt * vf * cos(angle)) - ((-g * tr - b * ti) / tm) * (vt * vf * sin(angle)))) AS qt,
		opt_all(opt_con('angle', k, opt_between(angle, angmin, angmax))) AS angle,
		opt_all(opt_con('limit_from', k, pf ^ 2 + qf ^ 2 <= rate ^ 2)) FILTER (WHERE rate IS NOT NULL) AS limit_from,
		opt_all(opt_con('limit_to', k, pt ^ 2 + qt ^ 2 <= rate ^ 2)) FILTER (WHERE rate IS NOT NULL) AS limit_to
	FROM e),
balance AS (
	SELECT opt_all(opt_con('active', bus, p_out + gs * vm ^ 2 == coalesce(p_in, 0) - pd)) AS active,
		opt_all(opt_con('reactive', bus, q_out - bs * vm ^ 2 == coalesce(q_in, 0) - qd)) AS reactive
	FROM n JOIN (SELECT bus, sum(p) AS p_out, sum(q) AS q_out
				 FROM (SELECT fbus, pf, qf FROM e UNION ALL SELECT tbus, pt, qt FROM e) o(bus, p, q) GROUP BY bus) o USING (bus)
		LEFT JOIN (SELECT bus, sum(pg) AS p_in, sum(qg) AS q_in FROM g GROUP BY bus) i USING (bus))
SELECT opt_minimize((SELECT sum(c2 * pg ^ 2 + c1 * pg + c0) FROM g), pf, qf, pt, qt, angle, limit_from, limit_to, active, reactive)
FROM flow, balance $$;

SELECT i.status = 'optimal' AND abs(i.objective - f_ac) <= 1e-6 * f_ac,
	   format('%s, %s buses: %s, %s, %s iterations, %s s', name, n_bus, i.status, i.objective, i.iterations, round(i.time_total::numeric, 2))
FROM (SELECT name, n_bus, f_ac, opt_solve(acopf(name), options => '{"time_limit": 60}') AS sol FROM grid
	  WHERE n_bus <= coalesce(nullif(current_setting('constropt_test.most_buses', true), '')::int, 118) ORDER BY n_bus, name OFFSET 0) s, opt_info(sol) i;
