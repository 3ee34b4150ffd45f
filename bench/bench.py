#!/usr/bin/env python3
"""The benchmarks against a server: bench.py OUTPUT.md (run.sh does the rest).

	BENCH_ROUNDS=3      runs of each route, of which the median is told
	BENCH_LIMIT=60      seconds a route may take; one that takes longer than a sixth is run once
	BENCH_SIZES='50 200 1000 2000'  BENCH_FACTOR=20000  BENCH_BATCH=10000  BENCH_TERMS=1000
	BENCH_PARTS='build markowitz factor batch'
"""
import multiprocessing
import os
import statistics
import sys
import time
from importlib.metadata import version

import numpy as np

import client
import data

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
LIMIT = float(os.environ.get("BENCH_LIMIT", 60))
SIZES = [int(n) for n in os.environ.get("BENCH_SIZES", "50 200 1000 2000").split()]
FACTOR = int(os.environ.get("BENCH_FACTOR", 20000))
BATCH = int(os.environ.get("BENCH_BATCH", 10000))
TERMS = int(os.environ.get("BENCH_TERMS", 1000))
PARTS = os.environ.get("BENCH_PARTS", "build markowitz factor batch").split()

PEERS = ["piqp", "clarabel", "osqp", "highspy", "pounce-solver", "scipy (SLSQP)"]
TRIAL = 200             # problems of the batch by which the fastest peer is found
FACTORS = 50
QUICK = 0.1             # what takes ours less than that many seconds
QUICK_ROUNDS = 3        # is run as many times more often
AGREE = 1e-4            # objective, relative, and violation: above that a route is off
STRICT = 1e-9           # the least objective of those that violate nothing by more is the reference

output = None


def say(line=""):
    print(line, flush=True)
    output.write(line + "\n")
    output.flush()


def log(line):
    print(line, file=sys.stderr, flush=True)


class Route:
    """A process that can be ended when it takes too long."""
    def __init__(self, name, kind, *arguments):
        self.name, self.runs, self.trouble = name, [], None
        self.objective = self.violation = None
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=client.serve, args=(other, kind, arguments), daemon=True)
        self.process.start()
        other.close()
        self.receive()

    def receive(self):
        try:
            if not self.pipe.poll(LIMIT):
                self.stop(f"more than {LIMIT:g} s")
                return None
            answer = self.pipe.recv()
        except EOFError:
            self.stop("crashed")
            return None
        if isinstance(answer, dict) and "error" in answer:
            self.stop(answer["error"].splitlines()[0])
            return None
        return answer

    def stop(self, trouble=None):
        self.trouble = trouble or self.trouble
        self.process.kill()
        self.process.join()

    def run(self):
        if self.trouble or (self.runs and self.runs[0]["total"] > LIMIT / 6):
            return False
        self.pipe.send("run")
        answer = self.receive()
        if answer:
            self.runs.append(answer)
        return answer is not None

    def median(self, field):
        return statistics.median(run[field] for run in self.runs)


def read_weights(connection, n):
    asset, weight = client.pull(connection, "weights", "asset", "weight")
    w = np.full(n, np.nan)
    w[client.at(asset)] = weight
    return w


def read_batch(connection, count):
    p, asset, weight = client.pull(connection, "portfolio_weights", "portfolio", "asset", "weight")
    w = np.full((count, data.BATCH_ASSETS), np.nan)
    w[client.at(p), client.at(asset)] = weight
    return w


def compete(connection, problem, routes, table, read):
    """Runs in turns, so that what disturbs the machine disturbs everybody."""
    for round_ in range(ROUNDS * QUICK_ROUNDS):
        if round_ >= ROUNDS and not (routes[0].runs and routes[0].median("total") <= QUICK):
            break
        for route in routes:
            connection.execute(f"TRUNCATE {table}")
            started = time.perf_counter()
            if not route.run():
                continue
            w = read(connection)
            route.objective, route.violation = problem.objective(w), problem.violation(w)
            log(f"  {route.name}: {time.perf_counter() - started:.3f} s {route.runs[-1]['status']}")
    for route in routes:
        route.stop()


def seconds(t):
    return f"{t:.4f}" if t < 0.1 else f"{t:.3f}" if t < 10 else f"{t:.1f}"


def ratio(t, ours):
    r = t / ours
    return f"{r:.2f}" if r < 10 else f"{r:.0f}"


def rows(case, routes):
    """Ours is the first route; all others are told as multiples of it."""
    ours, done = routes[0], [r for r in routes if r.runs]
    if not ours.runs:
        say(f"| {case} | {ours.name} | – | – | – | – | – | – | – | – | {ours.trouble} |")
        return
    known = [r.objective for r in done if r.violation <= STRICT] or [ours.objective]
    best = np.min(known, axis=0)
    order = [ours] + sorted((r for r in done if r is not ours), key=lambda r: r.median("total"))
    for route in order:
        gap = np.max(np.abs(route.objective - best) / np.abs(best))
        last = route.runs[-1]
        notes = [last["note"]] if last["note"] else []
        if last["status"] != "optimal":
            notes.append(f"says '{last['status']}'")
        if not (gap <= AGREE and route.violation <= AGREE):
            notes.append("**off**")
        if len(route.runs) < min(ROUNDS, len(ours.runs)):
            notes.append(f"{len(route.runs)} run" + ("s" if len(route.runs) > 1 else ""))
        t = {field: route.median(field) for field in ("total", "solve", "build", "return")}
        say(f"| {case} | {route.name} | {ratio(t['total'], ours.median('total'))} | "
            f"{ratio(t['solve'], ours.median('solve'))} | {seconds(t['total'])} | {seconds(t['build'])} | "
            f"{seconds(t['solve'])} | {seconds(t['return'])} | {gap:.0e} | {route.violation:.0e} | {'; '.join(notes)} |")
    for route in routes:
        if not route.runs:
            say(f"| {case} | {route.name} | – | – | – | – | – | – | – | – | {route.trouble} |")


def header():
    say("| problem | route | total, × ours | solve, × ours | total s | build or pull s | solve s | return s | objective off by | violation | notes |")
    say("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|")


def markowitz(connection, n):
    log(f"Markowitz, n = {n}")
    problem = data.Markowitz(n)
    problem.load(connection)
    routes = [Route("**constropt**, opt_quad", "ours", "markowitz", "markowitz_quad"),
              Route("constropt, sum over a join", "ours", "markowitz", "markowitz_join")]
    routes += [Route(peer, "client", "markowitz", peer) for peer in PEERS]
    compete(connection, problem, routes, "weights", lambda c: read_weights(c, n))
    rows(f"Markowitz n = {n}", routes)


def factor(connection, n):
    log(f"factor model, n = {n}")
    problem = data.Factor(n, FACTORS)
    problem.load(connection)
    routes = [Route("**constropt**", "ours", "factor", "factor")]
    routes += [Route(peer, "client", "factor", peer) for peer in PEERS]
    compete(connection, problem, routes, "weights", lambda c: read_weights(c, n))
    rows(f"factor model n = {n}, {FACTORS} factors", routes)


def batch(connection, count):
    log(f"{count} problems by GROUP BY")
    problem = data.Batch(count)
    problem.load(connection)
    each = {}
    for peer in PEERS + ["piqp, one object updated"]:
        trial = Route(peer, "client batch", "batch", peer, min(TRIAL, count))
        for _ in range(ROUNDS):
            trial.run()
        trial.stop()
        if trial.runs:
            each[peer] = trial.median("each")
            log(f"  {peer}: {1e6 * each[peer]:.0f} us each")
        else:
            log(f"  {peer}: {trial.trouble}")
    fastest = sorted(each, key=each.get)[:2]
    routes = [Route("**constropt**, one statement", "ours batch", "batch")]
    routes += [Route(peer + ", Python loop", "client batch", "batch", peer) for peer in fastest]
    compete(connection, problem, routes, "portfolio_weights", lambda c: read_batch(c, count))
    rows(f"{count} problems of n = {data.BATCH_ASSETS}", routes)
    return "The solver alone in a Python loop, one problem of n = 20: " + ", ".join(
        f"{peer} {1e6 * t:.0f} µs" for peer, t in sorted(each.items(), key=lambda e: e[1])) + "."


JOIN = "FROM covm JOIN v a ON a.asset = i JOIN v b ON b.asset = j"
LEAVES = "WITH v AS (SELECT asset, mu AS x, opt_var('w', asset, lb => 0) AS w FROM assets)"
BUILDS = [
    # (what, a statement with %s for what is built, ours, plain)
    ("sum(cov * a.w * b.w) over a join", f"{LEAVES} SELECT %s IS NULL {JOIN}",
     "sum(cov * a.w * b.w)", "sum(cov * a.x * b.x)"),
    ("sum(cov * opt_var('w', i) * opt_var('w', j)), no join", "SELECT %s IS NULL FROM covm",
     "sum(cov * opt_var('w', i) * opt_var('w', j))", "sum(cov * i * j)"),
    ("opt_quad('w', i, j, cov), no join", "SELECT %s IS NULL FROM covm",
     "opt_quad('w', i, j, cov)", "sum(cov * i * j)"),
]
FITTED = """WITH p AS MATERIALIZED (SELECT opt_var('a') AS a, opt_var('b') AS b, opt_var('c') AS c,
                3.0::float8 AS x, 0.7::float8 AS z, 1.0::float8 AS k)
            SELECT %s IS NULL FROM measurements, p"""
RESIDUALS = [
    ("sum((y - (a * exp(-b * t) + c))^2), no join", FITTED,
     "sum((y - (a * exp(-b * t) + c))^2)", "sum((y - (x * exp(-z * t) + k))^2)"),
    ("sum(((y - (a * exp(-b * t) + c)) / sd)^2), no join", FITTED,
     "sum(((y - (a * exp(-b * t) + c)) / sd)^2)", "sum(((y - (x * exp(-z * t) + k)) / sd)^2)"),
]


def build(connection, n):
    log(f"objectives of {n * n} terms")
    data.Markowitz(n).load(connection)
    data.Decay(n * n).load(connection)
    mine = client.connect()
    times = {}
    for _ in range(max(ROUNDS, 5)):
        for what, statement, ours, plain in BUILDS + RESIDUALS:
            for kind, built in (("ours", ours), ("plain", plain)):
                start = time.perf_counter()
                mine.execute(statement % built).fetchone()
                times.setdefault((what, kind), []).append(time.perf_counter() - start)
    mine.close()
    median = {k: statistics.median(t) for k, t in times.items()}
    join = median[BUILDS[0][0], "plain"]
    say(f"| objective of {n * n:,} terms | × plain sum() over the same rows | × plain sum() over the join | ours s | plain s |")
    say("|---|--:|--:|--:|--:|")
    for what, *_ in BUILDS:
        ours, plain = median[what, "ours"], median[what, "plain"]
        say(f"| {what} | {ours / plain:.2f} | {ours / join:.2f} | {seconds(ours)} | {seconds(plain)} |")
    for what, *_ in RESIDUALS:
        ours, plain = median[what, "ours"], median[what, "plain"]
        say(f"| {what} | {ours / plain:.2f} | | {seconds(ours)} | {seconds(plain)} |")


def machine():
    processor = "unknown processor"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {processor}, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} at the start"


def main():
    connection = client.connect()
    connection.execute(open(f"{client.HERE}/sql/schema.sql").read())
    server, = connection.execute("SHOW server_version").fetchone()
    ours, = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'constropt'").fetchone()
    packages = ["piqp", "clarabel", "osqp", "highspy", "pounce-solver", "scipy", "numpy", "psycopg"]
    say(f"constropt {ours} on PostgreSQL {server.split()[0]}; Python {sys.version.split()[0]}, "
        + ", ".join(f"{p} {version(p)}" for p in packages) + ".")
    say(f"Machine: {machine()}. One thread for everybody; medians of {ROUNDS}, runs in turns.")
    say()
    if "build" in PARTS:
        build(connection, TERMS)
        say()
    if {"markowitz", "factor", "batch"} & set(PARTS):
        header()
    if "markowitz" in PARTS:
        for n in SIZES:
            markowitz(connection, n)
    if "factor" in PARTS:
        factor(connection, FACTOR)
    if "batch" in PARTS:
        note = batch(connection, BATCH)
        say()
        say(note)


if __name__ == "__main__":
    with open(sys.argv[1], "a", encoding="utf-8") as output:
        main()
