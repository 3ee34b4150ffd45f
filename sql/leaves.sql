-- opt_var and opt_param: names, keys of every type, bounds.

-- every way to call
SELECT opt_var('c');
SELECT opt_var('x1', lb => 1, ub => 5, start => 1);
SELECT opt_var('w', 'IBM');
SELECT opt_var('w', 'IBM', lb => 0, ub => 0.4);
SELECT opt_var('w', 7, 0, 1, 0.5);
SELECT opt_var(name => 'w', key => 7, ub => 1);
SELECT opt_var('ship', ('p1', 'm2'), lb => 0);
SELECT opt_param('target', 0.09), opt_param('target', 'eu', 0.08), opt_param('target', (1, 'x'), 2);

-- in a view, printed as it was written
CREATE VIEW leaf_view AS SELECT opt_var('c') AS c, opt_var('w', g, lb => 0) AS w, opt_var('p', (g, 'a')) AS p
FROM generate_series(1, 2) AS t(g), (VALUES (0)) AS u(z);
SELECT pg_get_viewdef('leaf_view'::regclass);
SELECT * FROM leaf_view;
DROP VIEW leaf_view;

-- the type of a key does not matter where its text is the same
SELECT x::text, count(*) FROM (VALUES
	(opt_var('w', 5::int2)), (opt_var('w', 5)), (opt_var('w', 5::int8)), (opt_var('w', 5::numeric)),
	(opt_var('w', '5')), (opt_var('w', '5'::text)), (opt_var('w', '5'::varchar)), (opt_var('w', '5  '::char(3))),
	(opt_var('w', '5'::name)), (opt_var('w', '5'::"char"))) v(x) GROUP BY x;
SELECT opt_var('w', 9223372036854775807), opt_var('w', (-9223372036854775808)::bigint), opt_var('w', (-32768)::int2);
SELECT opt_var('w', true), opt_var('w', 1.50), opt_var('w', '5d0f1bde-92d9-4a60-8c4b-3f2a62f7e6a5'::uuid), opt_var('w', '{1,2}'::int[]);

-- dates and times do not depend on settings
SET datestyle = 'German'; SET timezone = 'Asia/Tokyo';
SELECT opt_var('d', date '2024-02-01'), opt_var('d', timestamp '2024-02-01 10:00'), opt_var('d', timestamptz '2024-02-01 00:00+00');
RESET datestyle; RESET timezone;

-- domains, rows and named rows
CREATE DOMAIN ticker AS text CHECK (length(value) < 9);
CREATE TYPE lane AS (plant text, market text);
SELECT opt_var('w', 'IBM'::ticker) === opt_var('w', 'IBM') AS domain_is_base,
	opt_var('s', ('p', 'm')) === opt_var('s', ('p', 'm')::lane) AS named_is_anonymous,
	opt_var('s', ('p', 'm')::lane) === opt_var('s', row('p'::ticker, 'm'::varchar)) AS other_row;
SELECT opt_var('s', ('a b', 'c,d')), opt_var('s', ('"', '\')), opt_var('s', ('', '(x)')), opt_var('s', (1, (2, 'x y'))), opt_var('s', row(1));
SELECT opt_var('s', (1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
SELECT s, (s).plant, opt_var('x', s) FROM (VALUES (('a', 'b')::lane), (('c', 'd')::lane)) v(s);
ALTER TYPE lane ADD ATTRIBUTE mode int;
SELECT opt_var('x', ('a', 'b', 1)::lane);
ALTER TYPE lane DROP ATTRIBUTE market;
SELECT opt_var('x', ('a', 1)::lane);
DROP TYPE lane;
DROP DOMAIN ticker;

-- bounds: NULL and the infinity of its own side mean none; lb > ub is a model
SELECT opt_var('x', lb => NULL, ub => NULL) === opt_var('x') AS null_is_none,
	opt_var('x', lb => '-infinity', ub => 'infinity') === opt_var('x') AS infinity_is_none;
SELECT opt_var('x', lb => 2, ub => 1);
SELECT opt_var('x', lb => 'NaN');
SELECT opt_var('x', 'k', ub => 'NaN');
SELECT opt_var('x', lb => 'infinity');
SELECT opt_var('x', ub => '-infinity');
SELECT opt_var('x', start => 'NaN');
SELECT opt_param('p', 'NaN');
SELECT opt_param('p', 'k', 'infinity');

-- what has no name or key
SELECT opt_var(NULL);
SELECT opt_var('');
SELECT opt_var('w', NULL);
SELECT opt_var('w', NULL::int);
SELECT opt_var('w', a) FROM (VALUES ('x'), (NULL)) v(a);
SELECT opt_var('ship', (p, m)) FROM (VALUES ('p1', 'm1'), ('p1', NULL)) v(p, m);
SELECT opt_var('ship', (1, (2, NULL::text)));
SELECT opt_param('p', NULL);
SELECT opt_param('p', 'k', NULL::float8);
SELECT opt_param(NULL, 1);

-- definitions of one leaf must agree
SELECT opt_var('x', lb => 0) + opt_var('x', lb => 1);
SELECT opt_var('x', 'k') + opt_param('x', 'k', 1);
SELECT opt_var('x', lb => 0) + 'x'::opt_expr;
SELECT sum(opt_var('x', 1, ub => i)) FROM generate_series(1, 2) i;

-- names of any kind
SELECT opt_var('two words'), opt_var('ключ', 'ö'), opt_var('x"y', 'it''s'), opt_var('select');
SELECT length(opt_var(repeat('n', 5000), repeat('k', 5000))::text);
