"""The peers behind one face: prepare(problem) turns numpy arrays into what the
solver takes, solve(prepared) returns (x, status).

A problem is min 1/2 x'Px, lower <= Ax <= upper, low <= x (all numpy; P and A are
scipy-sparse when the problem is).  The first rows, as many as n_equal says, are equalities.
"""
import io
import contextlib

import numpy as np
import scipy.sparse as sparse

TOLERANCE = 1e-8
FIRST_ORDER_TOLERANCE = 1e-6    # OSQP is a first-order method


class Problem:
    def __init__(self, P, A, lower, upper, low, n_equal):
        self.P, self.A, self.lower, self.upper, self.low, self.n_equal = P, A, lower, upper, low, n_equal
        self.n = P.shape[0]
        self.is_sparse = sparse.issparse(P)

    def one_sided(self):
        """G x <= h from the rows that are no equalities: each has one finite side."""
        A, e = self.A[self.n_equal:], self.n_equal
        sign = np.where(np.isfinite(self.upper[e:]), 1.0, -1.0)
        G = sparse.diags_array(sign) @ A if self.is_sparse else sign[:, None] * A
        return G, np.where(sign > 0, self.upper[e:], -self.lower[e:])


class Piqp:
    name = "piqp"

    def prepare(self, p):
        e = p.n_equal
        if p.is_sparse:
            matrices = p.P.tocsc(), p.A[:e].tocsc(), p.A[e:].tocsc()
        else:
            matrices = tuple(np.asfortranarray(m) for m in (p.P, p.A[:e], p.A[e:]))
        return p, matrices

    def new(self, is_sparse):
        import piqp
        solver = piqp.SparseSolver() if is_sparse else piqp.DenseSolver()
        for option in ("eps_abs", "eps_rel", "eps_duality_gap_abs", "eps_duality_gap_rel"):
            setattr(solver.settings, option, TOLERANCE)
        return solver

    def run(self, solver):
        import piqp
        status = solver.solve()
        return solver.result.x.copy(), "optimal" if status == piqp.PIQP_SOLVED else str(status)

    def solve(self, prepared):
        p, (P, A, G) = prepared
        e = p.n_equal
        solver = self.new(p.is_sparse)
        solver.setup(P, np.zeros(p.n), A, p.lower[:e], G, p.lower[e:], p.upper[e:], p.low, None)
        return self.run(solver)


class PiqpUpdated(Piqp):
    """One solver object for a row of alike problems."""
    name = "piqp, one object updated"
    solver = None

    def solve(self, prepared):
        p, (P, A, G) = prepared
        e = p.n_equal
        if self.solver is None:
            self.solver = self.new(p.is_sparse)
            self.solver.setup(P, np.zeros(p.n), A, p.lower[:e], G, p.lower[e:], p.upper[e:], p.low, None)
        else:
            self.solver.update(P=P, A=A, b=p.lower[:e], G=G, h_l=p.lower[e:])
        return self.run(self.solver)


class Clarabel:
    name = "clarabel"

    def prepare(self, p):
        G, h = p.one_sided()
        bounded = np.flatnonzero(np.isfinite(p.low))
        bounds = sparse.csc_matrix((-np.ones(len(bounded)), (np.arange(len(bounded)), bounded)), (len(bounded), p.n))
        rows = sparse.vstack([sparse.csc_matrix(p.A[:p.n_equal]), sparse.csc_matrix(G), bounds], format="csc")
        right = np.concatenate([p.lower[:p.n_equal], h, -p.low[bounded]])
        return p, sparse.triu(p.P, format="csc"), rows, right

    def solve(self, prepared):
        import clarabel
        p, P, rows, right = prepared
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        settings.max_threads = 1
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
        cones = [clarabel.ZeroConeT(p.n_equal), clarabel.NonnegativeConeT(len(right) - p.n_equal)]
        answer = clarabel.DefaultSolver(P, np.zeros(p.n), rows, right, cones, settings).solve()
        status = str(answer.status)
        return np.array(answer.x), "optimal" if status == "Solved" else status


class Osqp:
    name = "osqp"

    def prepare(self, p):
        bounded = np.flatnonzero(np.isfinite(p.low))
        bounds = sparse.csc_matrix((np.ones(len(bounded)), (np.arange(len(bounded)), bounded)), (len(bounded), p.n))
        rows = sparse.vstack([sparse.csc_matrix(p.A), bounds], format="csc")
        lower = np.concatenate([p.lower, p.low[bounded]])
        upper = np.concatenate([p.upper, np.full(len(bounded), np.inf)])
        return p, sparse.triu(p.P, format="csc"), rows, lower, upper

    def solve(self, prepared):
        import osqp
        p, P, rows, lower, upper = prepared
        solver = osqp.OSQP()
        solver.setup(P, np.zeros(p.n), rows, lower, upper, verbose=False, max_iter=1000000,
                     eps_abs=FIRST_ORDER_TOLERANCE, eps_rel=FIRST_ORDER_TOLERANCE)
        answer = solver.solve()
        return answer.x, "optimal" if answer.info.status == "solved" else answer.info.status


class Highs:
    name = "highspy"

    def prepare(self, p):
        import highspy
        model = highspy.HighsModel()
        rows, hessian = sparse.csc_matrix(p.A), sparse.tril(p.P, format="csc")
        lp, h = model.lp_, model.hessian_
        lp.num_col_, lp.num_row_ = p.n, len(p.lower)
        lp.col_cost_ = np.zeros(p.n)
        lp.col_lower_, lp.col_upper_ = p.low, np.full(p.n, np.inf)
        lp.row_lower_, lp.row_upper_ = p.lower, p.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        h.dim_, h.format_ = p.n, highspy.HessianFormat.kTriangular
        h.start_, h.index_, h.value_ = hessian.indptr, hessian.indices, hessian.data
        model.lp_, model.hessian_ = lp, h
        return model

    def solve(self, model):
        import highspy
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("primal_feasibility_tolerance", TOLERANCE)
        highs.setOptionValue("dual_feasibility_tolerance", TOLERANCE)
        highs.passModel(model)
        highs.run()
        status = highs.modelStatusToString(highs.getModelStatus())
        return np.array(highs.getSolution().col_value), status.lower()


class Pounce:
    name = "pounce-solver"

    def prepare(self, p):
        G, h = p.one_sided()
        return p, G, h

    def solve(self, prepared):
        import pounce
        p, G, h = prepared
        e = p.n_equal
        answer = pounce.solve_qp(p.P, np.zeros(p.n), p.A[:e], p.lower[:e], G, h, p.low, None,
                                 tol=TOLERANCE)
        return np.asarray(answer.x), answer.status


class Scipy:
    """SLSQP: SciPy has no solver for quadratic programs."""
    name = "scipy (SLSQP)"

    def prepare(self, p):
        if p.is_sparse:
            raise ValueError("SLSQP knows no sparse matrices")
        G, h = p.one_sided()
        return p, G, h

    def solve(self, prepared):
        from scipy.optimize import minimize
        p, G, h = prepared
        E, e = p.A[:p.n_equal], p.lower[:p.n_equal]
        with contextlib.redirect_stdout(io.StringIO()):
            answer = minimize(lambda x: 0.5 * x @ (p.P @ x), np.full(p.n, 1 / p.n), jac=lambda x: p.P @ x,
                              method="SLSQP", bounds=[(low, None) for low in p.low],
                              constraints=[{"type": "eq", "fun": lambda x: E @ x - e, "jac": lambda x: E},
                                           {"type": "ineq", "fun": lambda x: h - G @ x, "jac": lambda x: -G}],
                              options={"ftol": TOLERANCE * 1e-2, "maxiter": 1000})
        return answer.x, "optimal" if answer.success else answer.message


PEERS = {peer.name: peer for peer in (Piqp, PiqpUpdated, Clarabel, Osqp, Highs, Pounce, Scipy)}
