-- opt_con, opt_between, opt_minimize, opt_maximize, opt_feasible.

SELECT opt_con('budget', 'x + y == 1'), opt_con('cap', 'tech', 'x <= 0.5'), opt_con('lane', ('p', 'm'), 'x >= 1'), opt_con('n', 3, opt_var('x') <= 2);
SELECT opt_between('x + 1', 0, 5), opt_between('x', NULL, 5), opt_between('x', 0, NULL), opt_between('x', '-infinity', 'infinity'), opt_between('x', 5, 1);
SELECT opt_con('range', opt_between(opt_var('x'), 0, 1));

SELECT opt_minimize('x');
SELECT opt_minimize(opt_var('x', lb => 0) ^ 2, opt_var('x', lb => 0) >= 1);
SELECT opt_maximize('x + y', 'a: x <= 1', 'b: y <= 2; c: x + y <= 2.5', ''::opt_constraint);
SELECT opt_feasible('x >= 1', 'x <= 0');
SELECT opt_minimize('x', VARIADIC ARRAY['x >= 1', 'x <= 2']::opt_constraint[]);
SELECT opt_minimize('x', VARIADIC '{}'::opt_constraint[]);
SELECT opt_minimize(3);

-- two constraints without names are two, with one name an error
SELECT opt_minimize('x', 'x >= 1', 'x >= 1');
SELECT opt_minimize('x', 'a: x >= 1', 'a: x >= 2');
SELECT opt_minimize('x', opt_con('a', 1, 'x >= 1'), opt_con('a', 2, 'x >= 2'), opt_con('a', 1, 'x >= 3'));
SELECT opt_minimize('x', opt_con('a', 1, 'x >= 1'), opt_con('a', 'x >= 2'), opt_con('a', '', 'x >= 3'));
SELECT opt_minimize('x', (SELECT opt_all(opt_con('c', i % 1000, opt_var('x') >= i)) FROM generate_series(1, 1001) i));

-- a name belongs to one constraint, and once
SELECT opt_con('a', 'x >= 1; y >= 1');
SELECT opt_con('a', '');
SELECT opt_con('a', opt_con('b', 7, 'x >= 1'));

-- definitions that contradict each other are found when parts meet
SELECT opt_minimize(opt_var('x', lb => 0), opt_var('x', lb => 1) <= 3);
SELECT opt_minimize(opt_var('x', lb => 0), 'x <= 3');
SELECT opt_minimize(opt_param('x', 1) * opt_var('y'), opt_var('x') <= 3);

-- problems are values
CREATE TABLE model AS SELECT g AS id, opt_maximize(opt_var('x', g, ub => g), opt_con('c', g * opt_var('x', g, ub => g) <= 4)) AS p FROM generate_series(1, 3) g;
SELECT * FROM model;
CREATE MATERIALIZED VIEW model_copy AS SELECT id, p::text::opt_problem AS p FROM model;
SELECT bool_and(opt_problem_send(a.p) = opt_problem_send(b.p)) AS same FROM model a JOIN model_copy b USING (id);
DROP MATERIALIZED VIEW model_copy;
DROP TABLE model;

-- a view is a model, GROUP BY a batch of them
CREATE TABLE holding (fund int, asset text, mu float8);
INSERT INTO holding VALUES (1, 'a', 0.1), (1, 'b', 0.2), (2, 'a', 0.3);
WITH w AS (SELECT *, opt_var('w', asset, lb => 0) AS w FROM holding)
SELECT fund, opt_maximize(sum(mu * w), opt_con('budget', sum(w) == 1)) FROM w GROUP BY fund ORDER BY fund;
DROP TABLE holding;

-- arrays of any shape are lists
SELECT opt_minimize('x', VARIADIC ARRAY[ARRAY['x >= 1', 'x <= 2'], ARRAY['y >= 1', 'y <= 2']]::opt_constraint[]);

-- large: a million terms in a row, ten thousand rows
SELECT octet_length(opt_problem_send(opt_minimize(sum(i * opt_var('x', i % 1000)), opt_con('all', sum(opt_var('x', i % 1000)) <= 1)))) > 24000000 AS large FROM generate_series(1, 1000000) i;
-- a start without bounds
SELECT 'minimize x*y + z where z free start -2, x free, y in [0, 1] start 0.5'::opt_problem;
SELECT 'minimize x where x undefined start 1'::opt_problem;
