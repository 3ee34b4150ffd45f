-- Verdicts that random models from all methods have put to the test

CREATE FUNCTION outcome(problem text, method text) RETURNS TABLE (status text, termination text, objective numeric, second_order text, short boolean)
LANGUAGE sql AS $$
	SELECT status, termination, round(objective::numeric, 6), second_order, iterations < 500 AND evaluations < 5000
	FROM opt_info(opt_solve(problem::opt_problem, method, '{"fallback": false, "time_limit": 20}'))
$$;
SET client_min_messages = error;

-- far out, where steps drown in rounding: the end, and no restoration without end
SELECT o.short FROM outcome('maximize 4*a*c subject to (b - a - 1.04)^2 + 1.28*(d - 2*a + 5*e - 4*c)^2 >= 22; c1: 92.05946676 <= 1.1*(-2.72*a - 4*c - 2*e + 3*d + 0.9)^2 <= 92.823156088
	where a in [-4.26, -0.76], b in [-3.34, 1.66] start -0.83, c free, d free, e in [-0.84, inf]', 'sqp') o;
SELECT o.* FROM outcome('minimize 0.88*a + 0.47*d subject to 1082 <= 3.56*a + 3.79*b - 386*f + 2.06*d <= 1096; -199 >= 3.15*d - 1.25*f + 143.09*a + 3.14*b + 1.08*e - 4*c;
	c3: -3*a - 3.12*c - 2.12*f + 5.98*b + 4*d == 32.2; -3*a - 3.12*c - 2.12*f + 5.98*b + 4*d == 32.2 where a in [-4, -1.5], b in [-1.6, inf], c in [-3.75, inf] start -2.86, d free, e free, f free', 'sqp') o;
SELECT m, o.* FROM unnest('{auto,augmented_lagrangian}'::text[]) m, outcome('minimize 4*a - 4*b*c subject to -4.12*e - 1.36*b + 0.01*c + 4*a + 5.6*c == 19.8 where d free, c free, a in [0.96, inf], b in [-inf, 4.02] start -2.29, e in [-inf, -1.18]', m) o;

-- a start where the gradient vanishes is left when it is a saddle
SELECT p, o.* FROM unnest('{"minimize -1*x^2 + y^2 + x^4","minimize -1*x^2 + y^2","minimize 3*y^2 - 0.001*x^2 + x^4 + 100*z^2","maximize x*y where x in [-1, 1], y in [-1, 1]","minimize x^4 + y^2 - x^2*y^2 - 2*x*y"}'::text[]) p, outcome(p, 'interior_point') o;

-- a product with a variable that is fixed, by its bounds or by a row, is linear
SELECT p, o.* FROM unnest('{"minimize x*y where x in [2, 2]","minimize x*y + z^2 + x^2 subject to x == 2","maximize 3*x*y - 6*y - z^2 where x in [2, 2]","minimize x*y + y^2 - x^2 where x in [2, 2]","minimize 0.1*x*y - 0.3*y where x in [3, 3], y in [-5, 5]"}'::text[]) p, outcome(p, 'auto') o;
SELECT v.item, v.passed FROM opt_verify('minimize x*y where x in [2, 2]', opt_solve('minimize x*y where x in [2, 2]')) v;
SELECT part, name, side, amount, proof FROM opt_conflict(opt_solve('minimize x*y where x in [2, 2]'));

-- a ray without curvature is one
SELECT p, o.status, o.termination FROM unnest('{"minimize 5*x*y + 4*y where x in [-inf, 3.32], y in [-inf, 0.25]","minimize 0.86*b*a - 5*b*a where a in [1.09, inf], b in [-0.97, inf]","minimize x*y where x in [2, 2]","minimize x*y where x in [0, 2], y in [1, inf]","maximize 2*(x - 3)^2 - 0.04*y where y in [-inf, 2.5], x in [2.05, inf]"}'::text[]) p, outcome(p, 'active_set') o;

-- where terms cancel far out, what they leave is no feasible point
SELECT m, bool_and(v.passed) FILTER (WHERE item = 'constraints') AS feasible, bool_and(opt_status(s) IN ('optimal', 'acceptable')) AS solved
FROM (SELECT 'minimize 1/b + sqrt(1 + (0.118*c + 0.17*d)^2) subject to c0: atan(2.09*b) + cos(c)*b >= 2.15362201451; c1: sin(d + 4) == 0.29247567242986972; c2: 4*c - 5*b + (a - d + 1.77)^2 <= -5.6575
	where a free, b in [-inf, inf] start 1.17, c in [-inf, -0.59], d in [2.58, 6.58]'::opt_problem AS p) p, unnest('{auto,sqp,augmented_lagrangian}'::text[]) m, LATERAL opt_solve(p, m) s, opt_verify(p, s) v GROUP BY m ORDER BY m;

-- the rounding of two numbers is no contradiction; a difference is
SELECT opt_status(opt_solve(opt_maximize(opt_var('x', ub => 1), opt_con('c', 0 * opt_var('x', ub => 1) + 0.1::float8 + 0.2::float8 <= 0.3)))) AS by_rounding,
	opt_status(opt_solve('maximize x subject to c: p + 0.2 <= 0.3 where x in [0, 1], p := 0.1')) AS of_a_parameter,
	opt_status(opt_solve('maximize x subject to c: 0.1 + 0.2 <= 0.3 where x in [0, 1]')) AS in_text,
	opt_status(opt_solve('maximize x subject to c: 0.1 + 0.2 <= 0.2999999999 where x in [0, 1]')) AS truly;

DROP FUNCTION outcome(text, text);
