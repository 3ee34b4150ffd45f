"""The routes of a nonlinear program behind one face: build(problem) makes what the solver takes,
solve() answers a dict of x, status ('optimal' or what else it says), iterations, evaluations of the
objective (None: not told), and of ours the seconds of build and solve.

All have exact first and second derivatives: pounce-solver its own or CasADi's, all others CasADi's.
"""
import os
import subprocess
import time

import numpy as np

from nlp_sets import functions

TOLERANCE = 1e-8
BOX_TOLERANCE = 1e-6    # of L-BFGS-B alone, bench/core/set_run.h
ITERATIONS = 3000
SECONDS = 10            # of a solve; bench/core/bench_set.c has the same
SLOW_SECONDS = 3        # of a solve of trust-constr
NAMES = ("sqrt", "exp", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "log10")


def operators(module, names, **more):
    """Python's operators and a module's functions."""
    algebra = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
               "^": lambda a, b: a ** b, "neg": lambda a: -a}
    algebra.update((name, getattr(module, name)) for name in names)
    algebra.update(more)
    return algebra


class Core:
    """bench_set -, one process for all problems; texts in, points out."""
    method = ()

    def __init__(self):
        self.process = subprocess.Popen([os.environ["BENCH_SET"], "-", *self.method],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def build(self, p):
        self.text = p.text().encode()

    def solve(self):
        self.process.stdin.write(b"%d\n" % len(self.text) + self.text)
        self.process.stdin.flush()
        status, iterations, evaluations, build, solve, *x = self.process.stdout.readline().split()
        return {"x": np.array(x, float), "status": status.decode(), "iterations": int(iterations),
                "evaluations": int(evaluations), "build": float(build), "solve": float(solve)}


class CoreSqp(Core):
    method = ("sqp",)


class CoreSqpBfgs(Core):
    method = ("sqp", "quasi")


class CoreAugmentedLagrangian(Core):
    method = ("augmented_lagrangian",)


class CoreLbfgsb(Core):
    method = ("l_bfgs_b",)


class CoreBox(Core):
    """L-BFGS-B alone, ended by the projected gradient as its peer."""
    method = ("box",)


class Sql:
    """From a row with the text to rows with the values."""
    STATEMENT = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql/nlp.sql"), encoding="utf-8").read()

    def __init__(self):
        import client
        self.connection = client.connect()
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS constropt")
        self.connection.execute("CREATE TEMP TABLE models (model text)")
        self.connection.execute("CREATE TEMP TABLE points (variable text, value float8)")

    def build(self, p):
        self.connection.execute("TRUNCATE models")
        self.connection.execute("INSERT INTO models VALUES (%s)", [p.text()])

    def solve(self):
        self.connection.execute("TRUNCATE points")
        start = time.perf_counter()
        status, iterations, evaluations, solve = self.connection.execute(self.STATEMENT, [SECONDS]).fetchone()
        total = time.perf_counter() - start
        rows = self.connection.execute("SELECT value FROM points ORDER BY substr(variable, 2)::int").fetchall()
        return {"x": np.array([row[0] for row in rows], float), "status": status, "iterations": iterations,
                "evaluations": evaluations, "build": total - solve, "solve": solve}


def casadi_model(p):
    import casadi
    x = casadi.SX.sym("x", p.n)
    algebra = operators(casadi, NAMES, constant=casadi.SX, ln=casadi.log, abs=casadi.fabs,
                        min=casadi.fmin, max=casadi.fmax)
    f, rows = functions(p, algebra, casadi.vertsplit(x))
    return x, -f if p.maximize else f, casadi.vertcat(casadi.SX(0, 1), *rows)


class CasadiIpopt:
    """Ipopt with MUMPS through CasADi's own interface: no Python in the loop."""
    def build(self, p):
        import casadi
        x, f, c = casadi_model(p)
        self.solver = casadi.nlpsol("s", "ipopt", {"x": x, "f": f, "g": c}, {
            "print_time": False, "show_eval_warnings": False,
            "ipopt": {"print_level": 0, "sb": "yes", "tol": TOLERANCE, "max_iter": ITERATIONS,
                      "max_wall_time": float(SECONDS)}})
        self.data = {"x0": p.x0, "lbx": p.xl, "ubx": p.xu, "lbg": p.cl, "ubg": p.cu}

    def solve(self):
        answer = self.solver(**self.data)
        stats = self.solver.stats()
        status = stats["return_status"]
        return {"x": np.array(answer["x"]).ravel(), "status": "optimal" if status == "Solve_Succeeded" else status,
                "iterations": stats["iter_count"], "evaluations": stats.get("n_call_nlp_f")}


class Function:
    """A CasADi function of numpy vectors through its buffers, the fastest way there is."""
    def __init__(self, function, *sizes):
        self.arguments = [np.zeros(size) for size in sizes]
        self.value = np.zeros(function.nnz_out(0))
        self.buffer, self.call = function.buffer()
        for k, argument in enumerate(self.arguments):
            self.buffer.set_arg(k, memoryview(argument))
        self.buffer.set_res(0, memoryview(self.value))

    def __call__(self, *arguments):
        for mine, argument in zip(self.arguments, arguments):
            mine[:] = argument
        self.call()
        return self.value.copy()


class Callbacks:
    """cyipopt's problem_obj."""
    def __init__(self, p, symmetric=False):
        import casadi
        x, f, c = casadi_model(p)
        factor, y = casadi.SX.sym("factor"), casadi.SX.sym("y", p.m)
        jac = casadi.jacobian(c, x)
        hess = casadi.hessian(factor * f + casadi.dot(y, c), x)[0]
        self.hess_shape = hess.sparsity() if symmetric else casadi.tril(hess).sparsity()
        self.jac_shape = jac.sparsity()

        def made(name, inputs, output):
            return Function(casadi.Function(name, inputs, [output]), *(i.numel() for i in inputs))
        self.f, self.c = made("f", [x], f), made("c", [x], c)
        self.f_grad, self.c_jac = made("g", [x], casadi.densify(casadi.gradient(f, x))), made("j", [x], jac)
        self.lag_hess = made("h", [x, y, factor], hess if symmetric else casadi.tril(hess))
        self.evaluations = 0

    def objective(self, x):
        self.evaluations += 1
        return self.f(x)[0]

    def gradient(self, x):
        return self.f_grad(x)

    def constraints(self, x):
        return self.c(x)

    def jacobian(self, x):
        return self.c_jac(x)

    def jacobianstructure(self):
        return tuple(np.array(k, int) for k in self.jac_shape.get_triplet())

    def hessian(self, x, y, factor):
        return self.lag_hess(x, y, factor)

    def hessianstructure(self):
        return tuple(np.array(k, int) for k in self.hess_shape.get_triplet())


def infinite(values):
    """What Ipopt takes for infinity."""
    return np.clip(np.array(values, float), -2e19, 2e19)


class Cyipopt:
    """Ipopt with callbacks in Python; the same library that CasADi has."""
    def make(self, p, callbacks):
        import cyipopt
        return cyipopt.Problem(n=p.n, m=p.m, problem_obj=callbacks, lb=infinite(p.xl), ub=infinite(p.xu),
                               cl=infinite(p.cl), cu=infinite(p.cu))

    def build(self, p):
        self.callbacks, self.iterations = Callbacks(p), 0
        self.callbacks.intermediate = self.intermediate
        self.problem = self.make(p, self.callbacks)
        for name, value in (("tol", TOLERANCE), ("max_iter", ITERATIONS), ("print_level", 0), ("sb", "yes"),
                            ("max_wall_time", float(SECONDS))):
            self.problem.add_option(name, value)
        self.x0 = np.array(p.x0)

    def intermediate(self, mode, iteration, *rest):
        self.iterations = iteration
        return True

    def solve(self):
        self.callbacks.evaluations = 0
        x, info = self.problem.solve(self.x0)
        status = info["status_msg"]
        status = status.decode() if isinstance(status, bytes) else status
        return {"x": x, "status": "optimal" if info["status"] == 0 else status,
                "iterations": info.get("iter_count", self.iterations), "evaluations": self.callbacks.evaluations}


class PounceCallbacks(Cyipopt):
    def make(self, p, callbacks):
        import pounce
        return pounce.Problem(n=p.n, m=p.m, problem_obj=callbacks, lb=infinite(p.xl), ub=infinite(p.xu),
                              cl=infinite(p.cl), cu=infinite(p.cu))


class Sum(list):
    """Terms that become one n-ary node, as pounce's documentation asks for."""


def pounce_algebra():
    from pounce import NlExpr

    def one(e):
        return (e[0] if len(e) == 1 else NlExpr.sum(list(e))) if isinstance(e, Sum) else e

    def add(a, b):
        terms = a if isinstance(a, Sum) else Sum([a])
        terms.append(one(b))
        return terms

    def unary(function):
        return lambda a: function(one(a))

    def binary(function):
        return lambda a, b: function(one(a), one(b))

    algebra = {name: unary(function) for name, function in operators(
        NlExpr, NAMES, ln=NlExpr.log, abs=abs).items() if name not in "+-*/^"}
    algebra.update({"+": add, "-": lambda a, b: add(a, -one(b)), "*": binary(lambda a, b: a * b),
                    "/": binary(lambda a, b: a / b), "^": binary(lambda a, b: a ** b),
                    "min": binary(NlExpr.min), "max": binary(NlExpr.max), "constant": NlExpr.const_, "shared": one})
    return algebra, one


class Pounce:
    """A model of pounce's own expressions: no Python in the loop."""
    def build(self, p):
        import pounce
        algebra, one = pounce_algebra()
        f, rows = functions(p, algebra, pounce.NlExpr.vars(p.n))
        self.model = pounce.build_nl_problem(p.n, one(f), [one(row) for row in rows], infinite(p.xl), infinite(p.xu),
                                             p.x0, infinite(p.cl), infinite(p.cu), not p.maximize)

    def solve(self):
        import pounce
        options = {"tol": TOLERANCE, "max_iter": ITERATIONS, "print_level": 0, "max_wall_time": float(SECONDS)}
        (x, info), = pounce.solve_nlp_batch([self.model], options=options, parallel=False)
        return {"x": x, "status": "optimal" if info["status"] == 0 else info["status_msg"],
                "iterations": info["iter_count"], "evaluations": None}


class TooLong(Exception):
    pass


class TrustConstr:
    """SciPy's trust-constr with sparse derivatives."""
    def build(self, p):
        import scipy.sparse as sparse
        from scipy.optimize import Bounds, NonlinearConstraint
        self.p, self.callbacks = p, Callbacks(p, symmetric=True)
        f_zero, y_zero = np.zeros(1), np.zeros(p.m)

        def matrix(shape, values, rows):
            return sparse.csc_matrix((values, shape.row(), shape.colind()), (rows, p.n))

        def hessian(x, y, factor):
            return matrix(self.callbacks.hess_shape, self.callbacks.hessian(x, y, factor), p.n)
        self.hess = lambda x: hessian(x, y_zero, 1.0)
        self.bounds = Bounds(p.xl, p.xu)
        self.constraints = () if not p.m else NonlinearConstraint(
            self.callbacks.constraints, p.cl, p.cu,
            jac=lambda x: matrix(self.callbacks.jac_shape, self.callbacks.jacobian(x), p.m),
            hess=lambda x, y: hessian(x, y, f_zero))

    def stop_late(self, *_):
        if time.perf_counter() > self.deadline:
            raise TooLong

    def solve(self):
        from scipy.optimize import minimize
        self.deadline = time.perf_counter() + SLOW_SECONDS
        try:
            answer = minimize(self.callbacks.objective, np.array(self.p.x0), method="trust-constr",
                              jac=self.callbacks.gradient, hess=self.hess, bounds=self.bounds,
                              constraints=self.constraints, callback=self.stop_late,
                              options={"gtol": TOLERANCE, "xtol": TOLERANCE * 1e-2, "barrier_tol": TOLERANCE,
                                       "maxiter": ITERATIONS})
        except TooLong:
            return {"x": np.array(self.p.x0), "status": "time", "iterations": 0, "evaluations": 0}
        # 1: the gradient of the Lagrangian is small, 2: the trust region is.
        return {"x": answer.x, "status": "optimal" if answer.status in (1, 2) else answer.message,
                "iterations": int(answer.nit), "evaluations": int(answer.nfev)}


def split_rows(p):
    """Rows as SLSQP wants them: numbers and sides of the equalities, of the lower and of the upper sides."""
    equal = [i for i in range(p.m) if p.cl[i] == p.cu[i]]
    lower = [i for i in range(p.m) if p.cl[i] != p.cu[i] and np.isfinite(p.cl[i])]
    upper = [i for i in range(p.m) if p.cl[i] != p.cu[i] and np.isfinite(p.cu[i])]
    return (equal, np.array([p.cl[i] for i in equal])), (lower, np.array([p.cl[i] for i in lower])), \
        (upper, np.array([p.cu[i] for i in upper]))


class Slsqp:
    """SciPy's SLSQP, a BFGS method with dense matrices, with exact first derivatives."""
    def build(self, p):
        from scipy.optimize import Bounds
        self.p, self.callbacks = p, Callbacks(p)
        (equal, at), (lower, lo), (upper, hi) = split_rows(p)
        rows, columns = self.callbacks.jac_shape.row(), self.callbacks.jac_shape.get_triplet()[1]
        c = self.callbacks.constraints

        def jac(x):
            matrix = np.zeros((p.m, p.n))
            matrix[rows, columns] = self.callbacks.jacobian(x)
            return matrix
        self.constraints = []
        if equal:
            self.constraints.append({"type": "eq", "fun": lambda x: c(x)[equal] - at, "jac": lambda x: jac(x)[equal]})
        if lower:
            self.constraints.append({"type": "ineq", "fun": lambda x: c(x)[lower] - lo, "jac": lambda x: jac(x)[lower]})
        if upper:
            self.constraints.append({"type": "ineq", "fun": lambda x: hi - c(x)[upper], "jac": lambda x: -jac(x)[upper]})
        self.bounds = Bounds(p.xl, p.xu)

    def solve(self):
        from scipy.optimize import minimize
        answer = minimize(self.callbacks.objective, np.array(self.p.x0), method="SLSQP", jac=self.callbacks.gradient,
                          bounds=self.bounds, constraints=self.constraints,
                          options={"ftol": TOLERANCE * 1e-2, "maxiter": ITERATIONS})
        return {"x": answer.x, "status": "optimal" if answer.success else answer.message,
                "iterations": int(answer.nit), "evaluations": int(answer.nfev)}


class Lbfgsb:
    """SciPy's L-BFGS-B with the memory of ours; value and gradient by one call of a CasADi function."""
    tolerance = TOLERANCE

    def build(self, p):
        import casadi
        from scipy.optimize import Bounds
        x, f, _ = casadi_model(p)
        both = casadi.vertcat(f, casadi.densify(casadi.gradient(f, x)))
        self.both = Function(casadi.Function("both", [x], [casadi.densify(both)]), p.n)
        self.bounds, self.x0 = Bounds(p.xl, p.xu), np.array(p.x0)

    def value(self, x):
        values = self.both(x)
        return values[0], values[1:]

    def solve(self):
        from scipy.optimize import minimize
        answer = minimize(self.value, self.x0, method="L-BFGS-B", jac=True, bounds=self.bounds,
                          options={"maxcor": 10, "ftol": 0.0, "gtol": self.tolerance, "maxiter": ITERATIONS,
                                   "maxfun": 100 * ITERATIONS})
        return {"x": answer.x, "status": "optimal" if answer.success else answer.message,
                "iterations": int(answer.nit), "evaluations": int(answer.nfev)}


class LbfgsbBox(Lbfgsb):
    """The same, ended by a projected gradient that values in doubles can show."""
    tolerance = BOX_TOLERANCE


class SlsqpJax:
    """slsqp-jax, compiled and run once before the clock starts; derivatives by JAX."""
    def build(self, p):
        import equinox
        import jax
        jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp
        import optimistix
        from slsqp_jax import SLSQP, SLSQPConfig, ToleranceConfig
        algebra = operators(jnp, ("sqrt", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log10"), constant=float,
                            ln=jnp.log, abs=jnp.abs, min=jnp.minimum, max=jnp.maximum,
                            asin=jnp.arcsin, acos=jnp.arccos, atan=jnp.arctan)
        sign = -1.0 if p.maximize else 1.0
        (equal, at), (lower, lo), (upper, hi) = split_rows(p)

        def values(x):
            f, rows = functions(p, algebra, [x[j] for j in range(p.n)])
            return sign * f, jnp.stack([jnp.asarray(row) for row in rows]) if p.m else jnp.zeros(0)

        def above(x, args):
            rows = values(x)[1]
            return jnp.concatenate([rows[jnp.array(lower, int)] - lo, hi - rows[jnp.array(upper, int)]])
        solver = SLSQP(
            eq_constraint_fn=(lambda x, args: values(x)[1][jnp.array(equal)] - at) if equal else None,
            n_eq_constraints=len(equal), ineq_constraint_fn=above if lower or upper else None,
            n_ineq_constraints=len(lower) + len(upper), bounds=jnp.array([p.xl, p.xu]).T,
            config=SLSQPConfig(tolerance=ToleranceConfig(rtol=TOLERANCE, atol=TOLERANCE, max_steps=500)))
        self.run = equinox.filter_jit(lambda x0: optimistix.minimise(
            lambda x, args: (values(x)[0], None), solver, x0, has_aux=True, max_steps=500, throw=False))
        self.x0 = jnp.clip(jnp.array(p.x0, dtype=float), jnp.array(p.xl), jnp.array(p.xu))
        self.solve()

    def solve(self):
        import optimistix
        answer = self.run(self.x0)
        x = np.array(answer.value)
        good = bool(answer.result == optimistix.RESULTS.successful)
        return {"x": x, "status": "optimal" if good else "not converged",
                "iterations": int(answer.stats["num_steps"]), "evaluations": None}


ROUTES = {
    "core": Core, "SQL": Sql, "Ipopt (CasADi)": CasadiIpopt, "cyipopt": Cyipopt, "pounce-solver": Pounce,
    "pounce-solver (callbacks)": PounceCallbacks, "scipy (trust-constr)": TrustConstr,
}

# Beside those: what the part "methods" compares.
METHOD_ROUTES = {
    "core (sqp)": CoreSqp, "core (sqp, bfgs)": CoreSqpBfgs, "core (augmented_lagrangian)": CoreAugmentedLagrangian,
    "core (l_bfgs_b)": CoreLbfgsb, "scipy (SLSQP)": Slsqp, "slsqp-jax": SlsqpJax, "scipy (L-BFGS-B)": Lbfgsb,
    "core (l_bfgs_b, same end)": CoreBox, "scipy (L-BFGS-B, same end)": LbfgsbBox,
}
