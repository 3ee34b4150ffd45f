-- Duals and reduced costs against differences: a dual is the change of the
-- stated objective per unit of the right-hand side, for min and max alike, a
-- reduced cost the same for the active bound of the variable.
--
-- Each case is solved with '@' replaced by its right-hand side, and again at
-- plus and minus h; the expected sign is stated apart from the difference, so
-- that two wrongs cannot agree.
CREATE TABLE dual_case (
	id int PRIMARY KEY,
	what text,					-- 'c': the constraint; 'x': the variable
	maximize bool,
	objective text,
	subject_to text[],
	box text,					-- of x
	at float8,
	sign int
);
INSERT INTO dual_case VALUES
-- rows of a linear program, minimized
( 1, 'c', false, '2*x + 3*y', '{c: x + y >= @, x <= 3}', '0, null', 4, 1),
( 2, 'c', false, '2*x + 3*y', '{c: @ <= x + y, x <= 3}', '0, null', 4, 1),
( 3, 'c', false, '-2*x - 3*y', '{c: x + 2*y <= @, x <= 3}', '0, null', 7, -1),
( 4, 'c', false, '-2*x - 3*y', '{c: @ >= x + 2*y, x <= 3}', '0, null', 7, -1),
( 5, 'c', false, '2*x + 3*y', '{c: x + 2*y == @, x <= 3}', '0, null', 7, 1),
( 6, 'c', false, '-2*x - 3*y', '{c: x + 2*y == @, x <= 3}', '0, null', 7, -1),
( 7, 'c', false, '2*x + 3*y', '{c: @ <= x + y <= 9, x <= 3}', '0, null', 4, 1),
( 8, 'c', false, '-2*x - 3*y', '{c: 1 <= x + 2*y <= @, x <= 3}', '0, null', 7, -1),
( 9, 'c', false, '2*x + 3*y', '{c: x + y <= @, x + 2*y >= 3}', '0, null', 9, 0),
-- the same, maximized
(11, 'c', true, '3*x + 2*y', '{c: x + y <= @, x <= 3}', '0, null', 4, 1),
(12, 'c', true, '3*x + 2*y', '{c: @ >= x + y, x <= 3}', '0, null', 4, 1),
(13, 'c', true, '-3*x - 2*y', '{c: x + 2*y >= @, x <= 3}', '0, null', 7, -1),
(14, 'c', true, '-3*x - 2*y', '{c: @ <= x + 2*y, x <= 3}', '0, null', 7, -1),
(15, 'c', true, '3*x + 2*y', '{c: x + 2*y == @, x <= 3}', '0, null', 7, 1),
(16, 'c', true, '-3*x - 2*y', '{c: x + 2*y == @, x <= 3}', '0, null', 7, -1),
(17, 'c', true, '-3*x - 2*y', '{c: @ <= x + 2*y <= 19, x <= 3}', '0, null', 7, -1),
(18, 'c', true, '3*x + 2*y', '{c: 1 <= x + y <= @, x <= 3}', '0, null', 4, 1),
(19, 'c', true, '3*x + 2*y', '{c: x + y <= @, x + 2*y <= 3}', '0, null', 9, 0),
-- a quadratic program, minimized
(21, 'c', false, 'x^2 + 2*y^2 + x*y - 3*y', '{c: x + y >= @}', '0, null', 4, 1),
(22, 'c', false, 'x^2 + 2*y^2 - 8*x - 9*y', '{c: x + y <= @}', '0, null', 3, -1),
(23, 'c', false, 'x^2 + 2*y^2 - 8*x - 9*y', '{c: x + y == @}', '0, null', 3, -1),
(24, 'c', false, 'x^2 + 2*y^2 + 8*x + 9*y', '{c: x + y == @}', '0, null', 3, 1),
(25, 'c', false, 'x^2 + 2*y^2 - 8*x - 9*y', '{c: 1 <= x + y <= @}', '0, null', 3, -1),
(26, 'c', false, 'x^2 + 2*y^2', '{c: @ <= x + y <= 9}', '0, null', 3, 1),
(27, 'c', false, 'x^2 + 2*y^2 - x', '{c: x + y <= @}', '0, null', 9, 0),
(28, 'c', false, '(x - 5)^2 + y^2', '{c: 2*x + 1 <= @ - y}', '0, null', 3, -1),
-- the same, maximized
(31, 'c', true, '8*x + 9*y - x^2 - 2*y^2', '{c: x + y <= @}', '0, null', 3, 1),
(32, 'c', true, '3*y - (x + y)^2 - y^2', '{c: x + y >= @}', '0, null', 4, -1),
(33, 'c', true, '8*x + 9*y - x^2 - 2*y^2', '{c: x + y == @}', '0, null', 3, 1),
(34, 'c', true, '8*x + 9*y - x^2 - 2*y^2', '{c: 1 <= x + y <= @}', '0, null', 3, 1),
(35, 'c', true, '7 - y - (x + y)^2 - y^2', '{c: @ <= x + y <= 9}', '0, null', 3, -1),
-- bounds: lower, upper, both, fixed, inactive; linear and quadratic
(41, 'x', false, '2*x + y', '{x + y >= 1}', '@, null', 0.25, 1),
(42, 'x', false, '-2*x + y', '{x + y >= 1}', 'null, @', 4, -1),
(43, 'x', false, 'x^2 + y^2 + y', '{x - y <= 4}', '@, 9', 1.5, 1),
(44, 'x', false, 'x^2 - 9*x + y^2', '{x - y <= 9}', '0, @', 1.5, -1),
(45, 'x', false, 'x^2 - 2*x + y^2', '{x - y <= 9}', '0, @', 3, 0),
(46, 'x', false, 'x^2 - 2*x + y^2', '{x - y <= 9}', '@, @', 3, 1),
(51, 'x', true, '2*x + y', '{x + y <= 5, y >= 0}', '0, @', 1.5, 1),
(52, 'x', true, 'y - 2*x', '{x + y <= 5, y <= 3}', '@, null', 0.5, -1),
(53, 'x', true, '-(x^2) - y', '{x + y >= 1, x <= 9}', '@, null', 1.5, -1),
(54, 'x', true, '-(x^2) - y^2 - y', '{x - y <= 4}', '@, 9', 1.5, -1),
(55, 'x', true, '9*x - (x^2) - y^2', '{x - y <= 9}', '0, @', 1.5, 1),
(56, 'x', true, '2*x - (x^2) - y^2', '{x - y <= 9}', '@, @', 3, -1);

CREATE FUNCTION solve_case(c dual_case, at float8) RETURNS opt_solution LANGUAGE sql AS $$
	SELECT opt_solve(
		opt_problem(c.objective,
					(SELECT array_agg(replace(t, '@', at::text)) FROM unnest(c.subject_to) t),
					variables => format(
						'SELECT * FROM (VALUES (''x'', %s), (''y'', 0, null)) b(name, lower, upper)',
						replace(replace(c.box, '@', at::text), 'null', 'null::float8')),
					maximize => c.maximize),
		options => '{"tolerance": 1e-10, "absolute_tolerance": 1e-10}')
$$;

CREATE TABLE dual_seen AS
SELECT c.id, c.sign,
	   CASE c.what WHEN 'c' THEN opt_dual(s.at, 'c') ELSE opt_reduced_cost(s.at, 'x') END AS dual,
	   (above.objective - below.objective) / (2 * h.h) AS difference
FROM dual_case c, (SELECT 1e-3::float8) h(h),
	 LATERAL (SELECT solve_case(c, c.at) OFFSET 0) s(at),
	 LATERAL opt_info(solve_case(c, c.at + h.h)) above,
	 LATERAL opt_info(solve_case(c, c.at - h.h)) below;

-- none of these may show a row
SELECT * FROM dual_seen WHERE abs(dual - difference) > 1e-5 OR dual IS NULL OR difference IS NULL;
SELECT * FROM dual_seen WHERE sign <> (CASE WHEN abs(dual) < 1e-5 THEN 0 ELSE sign(dual) END);
SELECT count(*) AS cases, count(*) FILTER (WHERE sign > 0) AS positive,
	   count(*) FILTER (WHERE sign < 0) AS negative, count(*) FILTER (WHERE sign = 0) AS zero
FROM dual_seen;

-- The states of rows and bounds agree with the signs, for both senses.
SELECT c.id, v.state AS x, r.state AS c
FROM dual_case c, LATERAL (SELECT solve_case(c, c.at) OFFSET 0) s(at),
	 LATERAL opt_variables(s.at) v, LATERAL opt_constraints(s.at) r
WHERE v.name = 'x' AND (r.name = 'c' OR c.what = 'x')
ORDER BY c.id, r.name, r.upper;

-- A right-hand side that is a parameter has the same dual, and the bound shows its value.
SELECT p.target, round(opt_dual(s, 'c')::numeric, 5) AS dual, r.lower, round(r.value::numeric, 5) AS value, r.state
FROM (VALUES (3.0), (4.0)) p(target),
	 LATERAL opt_solve(opt_problem('x^2 + 2*y^2', '{c: x + y >= r}', params => '{"r": 1}'),
					   params => jsonb_build_object('r', p.target)) s,
	 LATERAL opt_constraints(s) r;
SELECT round(((above.objective - below.objective) / 2e-3)::numeric, 4) AS difference
FROM opt_info(opt_solve(opt_problem('x^2 + 2*y^2', '{c: x + y >= r}', params => '{"r": 3.001}'))) above,
	 opt_info(opt_solve(opt_problem('x^2 + 2*y^2', '{c: x + y >= r}', params => '{"r": 2.999}'))) below;

-- Duals and reduced costs satisfy stationarity as stated: gradient = A'dual + reduced cost.
WITH s AS MATERIALIZED (
	SELECT opt_solve(opt_problem('3*x + 2*y + 7*z', '{a: x + y + z >= 2, b: x - y == 0.5}',
								 variables => $$SELECT n AS name, 0 AS lower, 5 AS upper FROM unnest('{x,y,z}'::text[]) n$$)) AS sol)
SELECT round((3 - opt_dual(sol, 'a') - opt_dual(sol, 'b') - opt_reduced_cost(sol, 'x'))::numeric, 6) AS x,
	   round((2 - opt_dual(sol, 'a') + opt_dual(sol, 'b') - opt_reduced_cost(sol, 'y'))::numeric, 6) AS y,
	   round((7 - opt_dual(sol, 'a') - opt_reduced_cost(sol, 'z'))::numeric, 6) AS z
FROM s;

DROP TABLE dual_seen;
DROP FUNCTION solve_case(dual_case, float8);
DROP TABLE dual_case;
