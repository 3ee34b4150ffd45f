-- Problems from texts, files and triplets.

--
-- opt_problem
--
SELECT v.name, round(v.value::numeric, 5) AS value, v.lower, v.upper, v.state
FROM opt_variables(opt_solve(opt_problem('(x - 3)^2 + (y + 1)^2', '{budget: x + y <= 2, y >= 0}'))) v;
CREATE TABLE box (name text, lower numeric, upper int, start float8);
INSERT INTO box VALUES ('x', 0, 2, 1), ('y', -0.5, NULL, NULL);
SELECT v.name, round(v.value::numeric, 5) AS value, v.lower, v.upper, v.state
FROM opt_variables(opt_solve(opt_problem('(x - 3)^2 + (y + 1)^2', '{x + y <= 3}', variables => 'SELECT * FROM box'))) v;
SELECT v.name, v.key, round(v.value::numeric, 5) + 0 AS value, v.state
FROM opt_variables(opt_solve(opt_problem($$sum_is * w['a'] + 2*w['b'] + m['x','y']$$, ARRAY[$$one: w['a'] + w['b'] + m['x','y'] == total$$],
	variables => $$SELECT name, key, 0 AS lower, 4.5 AS upper FROM (VALUES ('w', 'a'), ('w', 'b'), ('m', '(x,y)')) t(name, key)$$,
	maximize => true, params => '{"sum_is": 3, "total": 10}'))) v;
SELECT opt_status(opt_solve(opt_problem('x', NULL, maximize => NULL)));
SELECT i.status, i.objective FROM opt_info(opt_solve(opt_problem('2 * p * x + q[''k'']', '{x >= p}', params => '{"p": 3, "q": {"k": 7}}'), params => '{"p": 2}')) i;
-- a single argument is read by PostgreSQL as a cast to the type opt_problem
SELECT opt_status(opt_solve(opt_problem('minimize (x - 1)^2 subject to x >= 2')));

-- what is wrong is named
\set SHOW_CONTEXT never
SELECT opt_problem(NULL, '{}');
SELECT opt_problem('x + ', '{}');
SELECT opt_problem('x', '{x >= 1, x <=}');
SELECT opt_problem('x', '{x >= 1, x + 2}');
SELECT opt_problem('x', ARRAY['x >= 1', NULL]);
\set SHOW_CONTEXT always
SELECT opt_problem('x', '{x >= 1, x <=}');
\set SHOW_CONTEXT never
SELECT opt_problem('x + z', '{x >= 1}', variables => 'SELECT * FROM box');
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT name, lower FROM box');
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT name, lower, upper AS ub FROM box');
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT name, lower, upper, lower FROM box');
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT name, name AS lower, upper FROM box');
SELECT opt_problem('x', '{x >= 1}', variables => $$SELECT 'x' AS name, 'infinity'::float8 AS lower, 1 AS upper$$);
SELECT opt_problem('x', '{x >= 1}', variables => $$SELECT 'x' AS name, 'nan'::float8 AS lower, 1 AS upper$$);
SELECT opt_problem('x', '{x >= 1}', variables => $$SELECT NULL::text AS name, 0 AS lower, 1 AS upper$$);
SELECT opt_problem('x', '{x >= 1}', variables => $$SELECT 'x' AS name, g AS lower, 9 AS upper FROM generate_series(1, 2) g$$);
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT * FROM nowhere');
SELECT opt_problem('x', '{x >= 1}', variables => 'DELETE FROM box RETURNING name, lower, upper');
SELECT opt_problem('x', '{x >= 1}', variables => 'WITH d AS (DELETE FROM box RETURNING *) SELECT name, lower, upper FROM d');
SELECT opt_problem('x', '{x >= 1}', variables => 'DROP TABLE box');
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT name, lower, upper FROM box; SELECT name, lower, upper FROM box');
SELECT opt_problem('x', '{x >= 1}', variables => '');
SELECT opt_problem('x', '{x >= 1}', params => '{"y": 1}');
SELECT opt_problem('x', '{x >= 1}', variables => 'SELECT name, lower, upper FROM box', params => '{"x": 1}');
SELECT count(*) FROM box;

-- the query runs with the caller's rights
CREATE ROLE regress_opt_nobody;
CREATE TABLE secret AS SELECT 'x'::text AS name, 0 AS lower, 1 AS upper;
SET ROLE regress_opt_nobody;
SELECT opt_problem('x', '{}', variables => 'SELECT * FROM secret');
RESET ROLE;
DROP TABLE secret;
DROP ROLE regress_opt_nobody;

--
-- opt_qp
--
CREATE TABLE risk (i text, j text, q float8);
INSERT INTO risk VALUES ('a', 'a', 0.5), ('b', 'b', 2), ('a', 'b', 0.25), ('b', 'a', 0.25), ('a', 'a', 0.5);
CREATE TABLE cost (v text, c numeric);
INSERT INTO cost VALUES ('a', 1), ('a', -1), ('b', 0.1);
CREATE TABLE a (con int, v text, coef float8);
INSERT INTO a VALUES (1, 'a', 1), (1, 'b', 1), (2, 'a', 0.1), (2, 'b', 0.1), (2, 'b', 0.1);
CREATE TABLE rhs (con int, lower float8, upper float8);
INSERT INTO rhs VALUES (2, 0.14, NULL), (1, 1, 1), (3, -1, 1);
CREATE TABLE bounds (v text, lower float8, upper float8);
INSERT INTO bounds VALUES ('b', 0, 0.9), ('a', 0, '-infinity'::float8 * -1), ('c', -2, NULL);
SELECT kind, name, key, round(value::numeric, 5) AS value, lower, upper, round(dual::numeric, 4) + 0 AS dual, state
FROM opt_qp(quadratic => 'SELECT i, j, q FROM risk', linear => 'SELECT v, c FROM cost UNION ALL SELECT ''c'', 1',
	matrix => 'SELECT con, v, coef FROM a', rows => 'SELECT con, lower, upper FROM rhs', bounds => 'SELECT v, lower, upper FROM bounds');

-- q means q * x[i] * x[j], without a factor 1/2, as in opt_quad
SELECT round(value::numeric, 5) AS value FROM opt_qp('SELECT 1 AS i, 1 AS j, 1 AS q', 'SELECT 1 AS v, -4 AS c');
SELECT round(value::numeric, 5) AS value FROM opt_qp('SELECT 1 AS i, 1 AS j, -1 AS q', 'SELECT 1 AS v, 6 AS c', maximize => true);

-- keys of every type, columns in every order
SELECT kind, key, round(value::numeric, 4) + 0 AS value, state FROM opt_qp(linear => $$SELECT 1 AS c, d::date AS v FROM generate_series('2026-01-30'::date, '2026-02-01', '1 day') d$$,
	matrix => $$SELECT 1 AS coef, d::date AS v, 'all'::varchar AS con FROM generate_series('2026-01-30'::date, '2026-02-01', '1 day') d$$,
	rows => $$SELECT 3 AS lower, NULL::int AS upper, 'all' AS con$$, bounds => $$SELECT 1 AS upper, 0.25 AS lower, d::date AS v FROM generate_series('2026-01-30'::date, '2026-02-01', '1 day') d$$);

-- without a solution: no value, the status as state
SELECT kind, key, value, dual, state FROM opt_qp(linear => 'SELECT 1 AS v, 1 AS c', matrix => 'SELECT 1 AS con, 1 AS v, 1 AS coef', rows => 'SELECT 1 AS con, 3 AS lower, 2 AS upper');
SELECT kind, key, value, dual, state FROM opt_qp(linear => 'SELECT 1 AS v, 1 AS c');
SELECT * FROM opt_qp(linear => 'SELECT 1 AS v, 1 AS c', options => '{"on_failure": "error"}');
SELECT * FROM opt_qp();

-- what is wrong is named
SELECT * FROM opt_qp(linear => 'SELECT v, c FROM cost', matrix => 'SELECT con, v, coef FROM a', rows => 'SELECT con, lower, upper FROM rhs WHERE con <> 2');
SELECT * FROM opt_qp(linear => 'SELECT v, c FROM cost', matrix => 'SELECT con, v, coef FROM a');
SELECT * FROM opt_qp(linear => 'SELECT v, c FROM cost', bounds => 'SELECT v, lower, upper FROM bounds WHERE v <> ''a''');
SELECT * FROM opt_qp(rows => 'SELECT con, lower, upper FROM rhs UNION ALL SELECT 2, 0, 1', matrix => 'SELECT con, v, coef FROM a');
SELECT * FROM opt_qp(linear => 'SELECT v, c FROM cost', bounds => 'SELECT v, lower, upper FROM bounds UNION ALL SELECT ''a'', 1, 2');
SELECT * FROM opt_qp(linear => 'SELECT v, NULL::int AS c FROM cost');
SELECT * FROM opt_qp(linear => 'SELECT NULL::text AS v, 1 AS c');
SELECT * FROM opt_qp(linear => 'SELECT 1 AS v, ''inf''::float8 AS c');
SELECT * FROM opt_qp(quadratic => 'SELECT i, j, q AS cov FROM risk');
SELECT * FROM opt_qp(quadratic => 'SELECT i, j, -q AS q FROM risk');
SELECT * FROM opt_qp(linear => 'SELECT v, c FROM cost', maximize => NULL);

--
-- opt_read_mps
--
SELECT i.status, round(i.objective::numeric, 6) AS objective, i.n_variables, i.n_constraints FROM opt_info(opt_solve(opt_read_mps($$NAME          TESTPROB
ROWS
 N  COST
 L  LIM1
 G  LIM2
 E  MYEQN
COLUMNS
    XONE      COST               1.0   LIM1               1.0
    XONE      LIM2               1.0
    YTWO      COST               4.0   LIM1               1.0
    YTWO      MYEQN             -1.0
    ZTHREE    COST               9.0   LIM2               1.0
    ZTHREE    MYEQN              1.0
RHS
    RHS       LIM1               4.0   LIM2               1.0
    RHS       MYEQN              7.0
BOUNDS
 UP BND       XONE               4.0
 LO BND       YTWO              -1.0
 UP BND       YTWO               1.0
ENDATA
$$))) i;
SELECT v.name, v.key, round(v.value::numeric, 6) + 0 AS value, v.lower, v.upper, v.state FROM opt_variables(opt_solve(opt_read_mps($$NAME QP
ROWS
 N obj
 G r1
COLUMNS
 c1 r1 1 obj -2
 c2 r1 1
RHS
 rhs r1 1 obj -4
BOUNDS
 UP bnd c1 20
QUADOBJ
 c1 c1 8
 c1 c2 2
 c2 c2 10
ENDATA
$$))) v;
SELECT opt_read_mps(E'NAME X\nROWS\n N COST\n Q LIM1\nENDATA\n');
SELECT opt_read_mps(E'NAME X\nROWS\n N COST\n L LIM1\nCOLUMNS\n X COST 1 LIM9 1\nENDATA\n');
SELECT opt_read_mps('');
SELECT opt_read_mps(NULL) IS NULL AS nothing;

DROP TABLE box, risk, cost, a, rhs, bounds;
