#!/usr/bin/env python3
"""The Jacobian of a Markowitz solution: jacobian.py OUTPUT.md (the server of the environment).

	BENCH_JACOBIAN='500 200'  assets, parameters: the expected returns of so many of them
	BENCH_ROUNDS=3            runs of ours, of which the median is told

minimize w'Cw, sum w = 1, mu'w >= target, w >= 0; dw/dmu.  Ours is opt_jacobian on a stored solution, from the value to rows:
it builds the model again and factorizes.  diffcp, which cvxpylayers calls, differentiates the cone program it has solved: the
time of the derivative alone is told, with the data in memory; it works parameter by parameter, so PEER_COLUMNS of them are measured and the time is
multiplied.  Both are compared with differences of re-solves.
"""
import os
import statistics
import sys
import time

import numpy as np
import psycopg

N, K = (int(word) for word in os.environ.get("BENCH_JACOBIAN", "500 200").split())
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
STEP = 1e-6             # of the differences
PEER_COLUMNS = 5        # parameters a peer is measured on

SETUP = """
CREATE TEMP TABLE jasset (a int, mu float8);
CREATE TEMP TABLE jcov (i int, j int, c float8);
"""
PROBLEM = """
CREATE TEMP TABLE jproblem AS
WITH w AS (SELECT a, opt_var('w', a, lb => 0) AS w, CASE WHEN a < %(k)s THEN opt_param('mu', a, mu) ELSE mu * '1'::opt_expr END AS mu FROM jasset)
SELECT opt_minimize((SELECT opt_quad('w', i, j, c) FROM jcov), opt_con('budget', (SELECT sum(w) FROM w) == 1),
	opt_con('target', (SELECT sum(mu * w) FROM w) >= %(target)s)) AS problem
"""


def instance():
    random = np.random.default_rng(5)
    factors = random.normal(size=(N, N // 5)) * 0.1
    covariance = factors @ factors.T + np.diag(0.02 + 0.05 * random.random(N))
    mu = 0.02 + 0.1 * random.random(N)
    return covariance, mu, float(np.quantile(mu, 0.85))


def timed(call):
    times, value = [], None
    for _ in range(ROUNDS):
        start = time.perf_counter()
        value = call()
        times.append(time.perf_counter() - start)
    return statistics.median(times), value


def load(connection, covariance, mu, target):
    connection.execute("CREATE EXTENSION IF NOT EXISTS constropt")
    connection.execute(SETUP)
    with connection.cursor().copy("COPY jasset FROM STDIN") as copy:
        for a in range(N):
            copy.write_row((a, float(mu[a])))
    with connection.cursor().copy("COPY jcov FROM STDIN") as copy:
        for i in range(N):
            for j in range(N):
                copy.write_row((i, j, float(covariance[i, j])))
    connection.execute(PROBLEM % {"k": K, "target": repr(target)})
    connection.execute("CREATE TEMP TABLE jsol AS SELECT opt_solve(problem) AS sol FROM jproblem")


def ours(connection):
    """Seconds of a solve, of the Jacobian to rows, and the Jacobian."""
    solve, _ = timed(lambda: connection.execute("SELECT opt_status(opt_solve(problem)) FROM jproblem").fetchone())
    rows = "FROM jsol, opt_jacobian(sol, of => '{variable}')"
    seconds, _ = timed(lambda: connection.execute("SELECT count(*), sum(derivative) " + rows).fetchone())
    jacobian = np.zeros((N, K))
    cursor = connection.execute("SELECT key::int, parameter_key::int, derivative, reliable " + rows)
    for i, k, derivative, reliable in cursor:
        jacobian[i, k] = derivative
        assert reliable
    return solve, seconds, jacobian


def resolve(connection, k, mu):
    query = """SELECT array_agg(value ORDER BY key::int) FROM jproblem,
        opt_variables(opt_solve(problem, options => '{"tolerance": 1e-13, "absolute_tolerance": 1e-13}', params => jsonb_build_object('mu', jsonb_build_object(%s::text, %s::float8))))"""
    return np.array(connection.execute(query, (k, mu)).fetchone()[0])


def differences(connection, mu, columns):
    return {k: (resolve(connection, k, mu[k] + STEP) - resolve(connection, k, mu[k] - STEP)) / (2 * STEP) for k in columns}


def peer(covariance, mu, target, mode, columns):
    """Seconds of a solve, of the derivative in all parameters, and the Jacobian, by diffcp."""
    import diffcp
    import scipy.sparse as sparse

    # Its derivatives take no quadratic objective.  (w, t): t >= |F'w|^2 as a second-order cone, |(2 F'w, 1 - t)| <= 1 + t
    factor = np.linalg.cholesky(covariance)
    zero = sparse.csc_matrix((N, 1))
    matrix = sparse.vstack([
        sparse.hstack([sparse.csc_matrix(np.ones((1, N))), sparse.csc_matrix((1, 1))]),
        sparse.hstack([-sparse.identity(N), zero]),
        sparse.hstack([sparse.csc_matrix(-mu[None, :]), sparse.csc_matrix((1, 1))]),
        sparse.csc_matrix(np.hstack([np.zeros((1, N)), [[-1.0]]])),
        sparse.csc_matrix(np.hstack([np.zeros((1, N)), [[1.0]]])),
        sparse.hstack([sparse.csc_matrix(-2.0 * factor.T), zero])]).tocsc()
    side = np.concatenate([[1.0], np.zeros(N), [-target], [1.0, 1.0], np.zeros(N)])
    cost = np.zeros(N + 1)
    cost[N] = 1.0
    start = time.perf_counter()
    _, _, _, derivative, _ = diffcp.solve_and_derivative(matrix, side, cost, {"z": 1, "l": N + 1, "q": [N + 2]}, mode=mode, solve_method="Clarabel")
    solve = time.perf_counter() - start
    jacobian = {}
    start = time.perf_counter()
    for k in columns:
        change = sparse.csc_matrix(([-1.0], ([N + 1], [k])), shape=matrix.shape)
        jacobian[k] = derivative(change, np.zeros(len(side)), np.zeros(N + 1))[0][:N]
    return solve, (time.perf_counter() - start) * K / len(columns), jacobian


def main():
    covariance, mu, target = instance()
    lines = [f"### Jacobian of a Markowitz solution: {N} assets, {K} parameters", "",
             "| route | solve, s | Jacobian, s | × ours | off by, relative to differences |", "|---|---|---|---|---|"]
    with psycopg.connect(autocommit=True) as connection:
        load(connection, covariance, mu, target)
        solve, seconds, jacobian = ours(connection)
        columns = sorted(range(K), key=lambda k: -abs(jacobian[:, k]).max())[:PEER_COLUMNS]
        exact = differences(connection, mu, columns)
    size = max(abs(column).max() for column in exact.values())

    def off(other):
        return max(abs(other[k] - column).max() for k, column in exact.items()) / size

    lines.append(f"| opt_jacobian, rows | {solve:.3f} | {seconds:.3f} | 1 | {off(jacobian.T):.1e} |")
    for mode in ("dense", "lsqr"):
        try:
            peer_solve, peer_seconds, peer_jacobian = peer(covariance, mu, target, mode, columns)
            lines.append(f"| diffcp, {mode} | {peer_solve:.3f} | {peer_seconds:.3f} | {peer_seconds / seconds:.1f} | {off(peer_jacobian):.1e} |")
        except Exception as trouble:        # a peer that cannot is told of, not hidden
            lines.append(f"| diffcp, {mode} | | skipped: {str(trouble)[:80]} | | |")
    lines.append("")
    print("\n".join(lines), flush=True)
    with open(sys.argv[1], "a", encoding="utf-8") as output:
        output.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
