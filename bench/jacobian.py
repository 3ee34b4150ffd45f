#!/usr/bin/env python3
"""The Jacobian of a Markowitz solution: jacobian.py OUTPUT.md (the server of the environment).

	BENCH_JACOBIAN='500 200'  assets, parameters: the expected returns of so many of them
	BENCH_ROUNDS=3            runs of ours, of which the median is told

minimize w'Cw, sum w = 1, mu'w >= target, w >= 0; dw/dmu.  "Jacobian" of ours is opt_jacobian on a stored solution, from the value
to rows: it builds the model again and factorizes.  That of the peers is the derivative of a program they have solved, alone, with the
data in memory: diffcp, which cvxpylayers calls, works parameter by parameter, so PEER_COLUMNS of them are measured and the
time is multiplied; pounce.jax, OptNet's way, solves one system with a right-hand side for each asset, compiled before the clock starts.
"Tables to table" is all of it: ours a statement from the tables of the data to one of the Jacobian's rows, a client pulls, solves,
differentiates and writes them.  All are compared with differences of re-solves.
"""
import os
import statistics
import sys
import time

import numpy as np

import client
from data import write_rows

N, K = (int(word) for word in os.environ.get("BENCH_JACOBIAN", "500 200").split())
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
STEP = 1e-6             # of the differences
PEER_COLUMNS = 5        # parameters a peer is measured on

SETUP = """
CREATE TEMP TABLE jasset (a int, mu float8);
CREATE TEMP TABLE jcov (i int, j int, c float8);
CREATE TEMP TABLE jout (a int, k int, derivative float8);
"""
PROBLEM = """
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
    i, j = (index.ravel().astype("i4") for index in np.indices((N, N)))
    write_rows(connection, "jasset", np.arange(N, dtype="i4"), mu)
    write_rows(connection, "jcov", i, j, covariance.ravel())
    connection.execute("ANALYZE jasset, jcov")
    problem = PROBLEM % {"k": K, "target": repr(target)}
    connection.execute(f"CREATE TEMP TABLE jproblem AS {problem}")
    connection.execute("CREATE TEMP TABLE jsol AS SELECT opt_solve(problem) AS sol FROM jproblem")
    return problem


def write_all(connection, problem):
    connection.execute("TRUNCATE jout")
    connection.execute(f"""INSERT INTO jout SELECT key::int, parameter_key::int, derivative
        FROM (SELECT opt_solve(problem) AS sol FROM ({problem}) p OFFSET 0) s, opt_jacobian(sol, of => '{{variable}}')""")


def ours(connection, problem):
    """Seconds of a solve, of the Jacobian to rows, of the same with the few rows of duals, of all from tables to a table; the Jacobian."""
    solve, _ = timed(lambda: connection.execute("SELECT opt_status(opt_solve(problem)) FROM jproblem").fetchone())
    rows = "FROM jsol, opt_jacobian(sol, of => '{variable}')"
    seconds, _ = timed(lambda: connection.execute("SELECT count(*), sum(derivative) " + rows).fetchone())
    few, _ = timed(lambda: connection.execute("SELECT count(*), sum(derivative) " + rows.replace("variable", "constraint")).fetchone())
    jacobian = np.zeros((N, K))
    cursor = connection.execute("SELECT key::int, parameter_key::int, derivative, reliable " + rows)
    for i, k, derivative, reliable in cursor:
        jacobian[i, k] = derivative
        assert reliable
    everything, _ = timed(lambda: write_all(connection, problem))
    return solve, seconds, few, everything, jacobian


def client_overhead(connection):
    """Seconds in which a client pulls the data into matrices and writes a Jacobian."""
    def pull():
        a, mu = client.pull(connection, "jasset", "a", "mu")
        i, j, c = client.pull(connection, "jcov", "i", "j", "c")
        covariance, returns = np.zeros((N, N)), np.zeros(N)
        covariance[i.astype(np.int64), j.astype(np.int64)] = c
        returns[a.astype(np.int64)] = mu

    def write():
        connection.execute("TRUNCATE jout")
        a, k = (index.ravel().astype("i4") for index in np.indices((N, K)))
        write_rows(connection, "jout", a, k, np.ones(N * K))

    return timed(pull)[0] + timed(write)[0]


def resolve(connection, k, mu):
    query = """SELECT array_agg(value ORDER BY key::int) FROM jproblem,
        opt_variables(opt_solve(problem, options => '{"tolerance": 1e-13, "absolute_tolerance": 1e-13}', params => jsonb_build_object('mu', jsonb_build_object(%s::text, %s::float8))))"""
    return np.array(connection.execute(query, (k, mu)).fetchone()[0])


def differences(connection, mu, columns):
    return {k: (resolve(connection, k, mu[k] + STEP) - resolve(connection, k, mu[k] - STEP)) / (2 * STEP) for k in columns}


def pounce(covariance, mu, target):
    """Seconds of a solve, of the derivative in all parameters, and the Jacobian, by pounce.jax."""
    import jax
    import jax.numpy as jnp
    from pounce.jax import solve_qp

    rest = jnp.array(mu[K:])

    def weights(returns):
        rows = jnp.concatenate([-jnp.concatenate([returns, rest])[None, :], -jnp.eye(N)])
        return solve_qp(P=jnp.array(2 * covariance), c=jnp.zeros(N), G=rows, h=jnp.zeros(N + 1).at[0].set(-target),
                        A=jnp.ones((1, N)), b=jnp.ones(1), tol=1e-10)

    def run():
        w, pull_back = jax.vjp(weights, jnp.array(mu[:K]))
        return w.block_until_ready(), pull_back

    run()
    solve, (_, pull_back) = timed(run)
    each = jax.jit(lambda pull_back, unit: jax.vmap(pull_back)(unit)[0])
    each(pull_back, jnp.eye(N)).block_until_ready()
    seconds, jacobian = timed(lambda: each(pull_back, jnp.eye(N)).block_until_ready())
    return solve, seconds, np.asarray(jacobian).T


def diffcp(covariance, mu, target, mode, columns):
    """Seconds of a solve, of the derivative in all parameters, and the Jacobian, by diffcp."""
    from diffcp import solve_and_derivative
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
    _, _, _, derivative, _ = solve_and_derivative(matrix, side, cost, {"z": 1, "l": N + 1, "q": [N + 2]}, mode=mode, solve_method="Clarabel")
    solve = time.perf_counter() - start
    jacobian = {}
    start = time.perf_counter()
    for k in columns:
        change = sparse.csc_matrix(([-1.0], ([N + 1], [k])), shape=matrix.shape)
        jacobian[k] = derivative(change, np.zeros(len(side)), np.zeros(N + 1))[0][:N]
    return solve, (time.perf_counter() - start) * K / len(columns), jacobian


def measure():
    """(name, solve, Jacobian, all, off) of ours, and of the peers or the reason why not."""
    covariance, mu, target = instance()
    with client.connect() as connection:
        problem = load(connection, covariance, mu, target)
        solve, seconds, few, everything, jacobian = ours(connection, problem)
        columns = sorted(range(K), key=lambda k: -abs(jacobian[:, k]).max())[:PEER_COLUMNS]
        exact = differences(connection, mu, columns)
        overhead = client_overhead(connection)
    size = max(abs(column).max() for column in exact.values())

    def off(other):
        return max(abs(other[k] - column).max() for k, column in exact.items()) / size

    yield "**constropt**", solve, seconds, everything, off(jacobian.T)
    yield "constropt, all solved for, rows of duals alone", solve, few, None, None
    for name, run in (("pounce.jax", lambda: pounce(covariance, mu, target)),
                      ("diffcp, dense", lambda: diffcp(covariance, mu, target, "dense", columns)),
                      ("diffcp, lsqr", lambda: diffcp(covariance, mu, target, "lsqr", columns))):
        try:
            solve, seconds, jacobian = run()
        except Exception as trouble:        # a peer that cannot is told of, not hidden
            yield name, f"skipped: {str(trouble)[:80]}"
            continue
        yield name, solve, seconds, overhead + solve + seconds, off(jacobian)


def main():
    lines = [f"### Jacobian of a Markowitz solution: {N} assets, {K} parameters", "",
             "| route | solve, s | Jacobian, s | × ours | tables to table, s | × ours | off by, relative to differences |",
             "|---|--:|--:|--:|--:|--:|--:|"]
    mine = None
    for name, *figures in measure():
        mine = mine or figures
        if len(figures) == 1:
            lines.append(f"| {name} | | {figures[0]} | | | | |")
            continue
        solve, seconds, everything, off = figures
        rest = "| | |" if everything is None else f"{everything:.3f} | {everything / mine[2]:.1f} | {off:.1e} |"
        lines.append(f"| {name} | {solve:.3f} | {seconds:.3f} | {seconds / mine[1]:.1f} | {rest}")
    lines.append("")
    print("\n".join(lines), flush=True)
    with open(sys.argv[1], "a", encoding="utf-8") as output:
        output.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
