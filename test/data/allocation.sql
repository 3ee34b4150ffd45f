-- Assignment and warehouse location: linear programs stated by joins.
CREATE TABLE assignment (problem text, i int, j int, cost float8);
CREATE TABLE assigned (problem text, n int, fopt float8, published float8, origin text);
\copy assignment FROM PROGRAM 'zcat assignment/cost.tsv.gz'
\copy assigned FROM 'assignment/problems.tsv' (FORMAT csv, DELIMITER E'\t', HEADER)
CREATE TABLE warehouse (problem text, i int, capacity float8, fixed float8, is_open bool);
CREATE TABLE customer (problem text, j int, demand float8);
CREATE TABLE serving (problem text, j int, i int, cost float8);
CREATE TABLE located (problem text, n_warehouse int, n_customer int, mip float8, fixed_cost float8, transport float8, strong float8);
\copy warehouse FROM 'transport/warehouse.tsv'
\copy customer FROM 'transport/customer.tsv'
\copy serving FROM 'transport/cost.tsv'
\copy located FROM 'transport/problems.tsv' (FORMAT csv, DELIMITER E'\t', HEADER)
ANALYZE;

CREATE VIEW assignment_model AS
WITH x AS (SELECT problem, i, j, cost, opt_var('x', (i, j), lb => 0) AS x FROM assignment)
SELECT problem, opt_minimize(total, by_row, by_column) AS model
  FROM (SELECT problem, sum(cost * x) AS total FROM x GROUP BY problem) o
  JOIN (SELECT problem, opt_all(opt_con('row', i, used == 1)) AS by_row
		  FROM (SELECT problem, i, sum(x) AS used FROM x GROUP BY problem, i) r GROUP BY problem) r USING (problem)
  JOIN (SELECT problem, opt_all(opt_con('column', j, used == 1)) AS by_column
		  FROM (SELECT problem, j, sum(x) AS used FROM x GROUP BY problem, j) c GROUP BY problem) c USING (problem);

SELECT i.status = 'optimal' AND abs(i.objective - fopt) <= 1e-6 * fopt,
	   format('%s, n = %s: %s, %s', problem, n, i.status, i.objective)
  FROM (SELECT problem, n, coalesce(published, fopt) AS fopt, opt_solve(model) AS sol
		  FROM assignment_model JOIN assigned USING (problem) OFFSET 0) s, opt_info(sol) i ORDER BY n, problem;

-- 1. warehouses that are open ship at least cost
CREATE VIEW transport_model AS
WITH x AS (SELECT s.problem, s.i, s.j, cost, demand, capacity, opt_var('x', (s.i, s.j), lb => 0) AS x
			 FROM serving s JOIN customer USING (problem, j) JOIN warehouse w ON w.problem = s.problem AND w.i = s.i AND is_open)
SELECT problem, opt_minimize(total, served, supplied) AS model
  FROM (SELECT problem, sum(cost * x) AS total FROM x GROUP BY problem) o
  JOIN (SELECT problem, opt_all(opt_con('served', j, share == 1)) AS served
		  FROM (SELECT problem, j, sum(x) AS share FROM x GROUP BY problem, j) c GROUP BY problem) c USING (problem)
  JOIN (SELECT problem, opt_all(opt_con('supply', i, shipped <= capacity)) AS supplied
		  FROM (SELECT problem, i, capacity, sum(demand * x) AS shipped FROM x GROUP BY problem, i, capacity) w GROUP BY problem) w USING (problem);

SELECT i.status = 'optimal' AND abs(i.objective - transport) <= 1e-6 * transport AND abs(i.objective + fixed_cost - mip) <= 1e-6 * mip,
	   format('%s, transport: %s, %s', problem, i.status, i.objective)
  FROM (SELECT l.*, opt_solve(model) AS sol FROM transport_model JOIN located l USING (problem) OFFSET 0) s, opt_info(sol) i ORDER BY problem;

-- 2. the strong relaxation of opening them: its optimum is the integer one
CREATE VIEW location_model AS
WITH x AS (SELECT s.problem, s.i, s.j, cost, demand, capacity, fixed,
				  opt_var('x', (s.i, s.j), lb => 0) AS x, opt_var('open', s.i, lb => 0, ub => 1) AS y
			 FROM serving s JOIN customer USING (problem, j) JOIN warehouse w ON w.problem = s.problem AND w.i = s.i)
SELECT problem, opt_minimize(shipping + opening, served, supplied, linked) AS model
  FROM (SELECT problem, sum(cost * x) AS shipping, opt_all(opt_con('link', (i, j), x - y <= 0)) AS linked FROM x GROUP BY problem) o
  JOIN (SELECT problem, sum(fixed * opt_var('open', i, lb => 0, ub => 1)) AS opening FROM warehouse GROUP BY problem) f USING (problem)
  JOIN (SELECT problem, opt_all(opt_con('served', j, share == 1)) AS served
		  FROM (SELECT problem, j, sum(x) AS share FROM x GROUP BY problem, j) c GROUP BY problem) c USING (problem)
  JOIN (SELECT problem, opt_all(opt_con('supply', i, shipped - capacity * opt_var('open', i, lb => 0, ub => 1) <= 0)) AS supplied
		  FROM (SELECT problem, i, capacity, sum(demand * x) AS shipped FROM x GROUP BY problem, i, capacity) w GROUP BY problem) w USING (problem);

SELECT i.status = 'optimal' AND abs(i.objective - strong) <= 1e-6 * strong,
	   format('%s, strong relaxation: %s, %s', problem, i.status, i.objective)
  FROM (SELECT l.*, opt_solve(model) AS sol FROM location_model JOIN located l USING (problem) OFFSET 0) s, opt_info(sol) i ORDER BY problem;
