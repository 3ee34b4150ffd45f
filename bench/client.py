"""The routes from rows to rows: ours, one statement, and the clients', who pull
the rows, build matrices, solve and write back.  Each route is a process of its own."""
import os
import time

import numpy as np
import psycopg
import scipy.sparse as sparse

from data import BATCH_ASSETS, SECTORS, write_rows
from peers import PEERS, Problem

HERE = os.path.dirname(os.path.abspath(__file__))


def connect():
    connection = psycopg.connect(autocommit=True)
    # The compiler of expressions would cost more than it gains, and the workers
    # would make it two processors against one.
    connection.execute("SET jit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute("SET work_mem = '512MB'")
    return connection


def pull(connection, table, *columns):
    """Columns as numpy arrays.  Binary arrays made by the server came out fastest:
    1,000,000 rows (int, int, float8) in 0.4 s; libpq's COPY 0.7 s, psycopg's
    fetchall 1.1 s, psycopg's COPY 4 s."""
    select = ", ".join(f"array_agg({column})" for column in columns)
    answer = connection.pgconn.exec_params(f"SELECT {select} FROM {table}".encode(), None, result_format=1)
    if answer.error_message:
        raise RuntimeError(answer.error_message.decode())
    arrays = []
    for k in range(len(columns)):
        kind = {23: ">i4", 701: ">f8"}
        value = answer.get_value(0, k)
        element = int.from_bytes(value[8:12], "big")
        arrays.append(np.frombuffer(value, [("size", ">i4"), ("value", kind[element])], offset=20)["value"])
    return arrays


def at(i):
    return i.astype(np.int64) - 1


def budget_target_caps(mu, sector, target, cap):
    n = len(mu)
    A = np.zeros((2 + SECTORS, n))
    A[0], A[1], A[1 + sector, np.arange(n)] = 1, mu, 1
    lower = np.concatenate([[1, target], np.full(SECTORS, -np.inf)])
    upper = np.concatenate([[1, np.inf], np.full(SECTORS, cap)])
    return A, lower, upper


def pull_assets(connection):
    asset, mu, sector, specific = pull(connection, "assets", "asset", "mu", "sector", "specific")
    order = np.argsort(asset)
    (target,), (cap,) = pull(connection, "limits", "target", "cap")
    return asset[order].astype("i4"), mu[order], sector[order].astype(np.int64), specific[order], target, cap


def markowitz(connection):
    asset, mu, sector, _, target, cap = pull_assets(connection)
    i, j, cov = pull(connection, "covm", "i", "j", "cov")
    P = np.zeros((len(asset), len(asset)))
    P[at(i), at(j)] = 2 * cov
    A, lower, upper = budget_target_caps(mu, sector, target, cap)
    return asset, Problem(P, A, lower, upper, np.zeros(len(asset)), 1)


def factor(connection):
    asset, mu, sector, specific, target, cap = pull_assets(connection)
    _, variance = pull(connection, "factors", "factor", "variance")
    i, k, beta = pull(connection, "loadings", "asset", "factor", "beta")
    n, m = len(asset), len(variance)
    exposure = sparse.csr_matrix((beta.astype(float), (at(k), at(i))), (m, n))
    A, lower, upper = budget_target_caps(mu, sector, target, cap)
    rows = sparse.bmat([[exposure, -sparse.eye(m)], [sparse.csr_matrix(A), None]], format="csr")
    P = sparse.diags(2 * np.concatenate([specific, variance])).tocsc()
    low = np.concatenate([np.zeros(n), np.full(m, -np.inf)])
    return asset, Problem(P, rows, np.concatenate([np.zeros(m), lower]),
                          np.concatenate([np.zeros(m), upper]), low, m + 1)


class Ours:
    def __init__(self, case, statement):
        self.connection = connect()
        self.text = open(f"{HERE}/sql/{statement}.sql").read()

    def __call__(self):
        start = time.perf_counter()
        build, solve, status, iterations, path = self.connection.execute(self.text).fetchone()
        total = time.perf_counter() - start
        build, solve = float(build), float(solve)
        return {"build": build, "solve": solve, "return": total - build - solve, "total": total,
                "status": status, "note": f"{iterations} iterations, {path}"}


class Client:
    def __init__(self, case, peer):
        self.connection = connect()
        self.pull = {"markowitz": markowitz, "factor": factor}[case]
        self.peer = PEERS[peer]()

    def __call__(self):
        t0 = time.perf_counter()
        asset, problem = self.pull(self.connection)
        prepared = self.peer.prepare(problem)
        t1 = time.perf_counter()
        x, status = self.peer.solve(prepared)
        t2 = time.perf_counter()
        write_rows(self.connection, "weights", asset, x[:len(asset)])
        t3 = time.perf_counter()
        return {"build": t1 - t0, "solve": t2 - t1, "return": t3 - t2, "total": t3 - t0, "status": status, "note": ""}


class OursBatch:
    """Of the one statement's time, what building takes is known from a statement that only
    builds, and what the solves take is what they say themselves."""
    def __init__(self, case):
        self.connection = connect()
        self.text = open(f"{HERE}/sql/batch.sql").read()
        self.build = open(f"{HERE}/sql/batch_build.sql").read()

    def __call__(self):
        start = time.perf_counter()
        optimal, solve = self.connection.execute(self.text).fetchone()
        total = time.perf_counter() - start
        start = time.perf_counter()
        self.connection.execute(self.build).fetchone()
        build = time.perf_counter() - start
        return {"build": build, "solve": solve, "return": total - build - solve, "total": total,
                "status": "optimal", "note": f"{optimal} optimal"}


class ClientBatch:
    def __init__(self, case, peer, limit=None):
        self.connection = connect()
        self.peer = PEERS[peer]()
        self.limit = limit

    def fetch(self):
        n = BATCH_ASSETS
        p, i, j, cov = pull(self.connection, "portfolio_covm", "portfolio", "i", "j", "cov")
        count = int(p.max())
        P = np.zeros((count, n, n))
        P[at(p), at(i), at(j)] = 2 * cov
        p, i, mu = pull(self.connection, "holdings", "portfolio", "asset", "mu")
        A = np.ones((count, 2, n))
        A[at(p), 1, at(i)] = mu
        p, target = pull(self.connection, "mandates", "portfolio", "target")
        lower = np.ones((count, 2))
        lower[at(p), 1] = target
        return P, A, lower

    def __call__(self):
        n = BATCH_ASSETS
        t0 = time.perf_counter()
        P, A, lower = self.fetch()
        count = self.limit or len(P)
        upper, low = np.array([1, np.inf]), np.zeros(n)
        prepared = [self.peer.prepare(Problem(P[k], A[k], lower[k], upper, low, 1)) for k in range(count)]
        t1 = time.perf_counter()
        answers = [self.peer.solve(p) for p in prepared]
        t2 = time.perf_counter()
        x = np.array([a[0] for a in answers])
        portfolio, asset = (k.ravel().astype("i4") + 1 for k in np.indices((count, n)))
        write_rows(self.connection, "portfolio_weights", portfolio, asset, x.ravel())
        t3 = time.perf_counter()
        optimal = sum(a[1] == "optimal" for a in answers)
        return {"build": t1 - t0, "solve": t2 - t1, "return": t3 - t2, "total": t3 - t0,
                "status": "optimal", "note": f"{optimal} optimal", "each": (t2 - t1) / count}


ROUTES = {"ours": Ours, "client": Client, "ours batch": OursBatch, "client batch": ClientBatch}


def serve(pipe, kind, arguments):
    """Runs a route as often as it is asked to."""
    try:
        route = ROUTES[kind](*arguments)
        pipe.send("ready")
        while pipe.recv() == "run":
            pipe.send(route())
    except EOFError:
        pass
    except BaseException as error:
        pipe.send({"error": f"{type(error).__name__}: {error}".strip()})
