#!/usr/bin/env python3
"""Evaluation speed: evaluation.py OUTPUT.md (run.sh does the rest).

	BENCH_EVALUATION=1000000   terms ((y - (a exp(-b t) + c)) / sd)^2 in a, b and c
	BENCH_ROUNDS=3             runs of bench_nlp, and groups of evaluations of each peer, in turns

The peers work on arrays, as they are to be used for sums like this one; ours is what the aggregate makes of
rows.  CPU time, the best of a group of evaluations; of the groups the best.
"""
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version

import numpy as np

TERMS = int(os.environ.get("BENCH_EVALUATION", 1000000))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
REPEAT = 5
AT = np.array([0.5, 0.6, 0.7])
NEAR = 1e-9             # relative difference of values, gradients and Hessians
EVALUATIONS = ("value", "gradient", "hessian")


def measurements():
    rng = np.random.default_rng(12345)
    t = rng.uniform(0.0, 5.0, TERMS)
    return 2.0 * np.exp(-0.5 * t) + 0.01 * rng.standard_normal(TERMS), t, 0.01 + rng.uniform(0.0, 1.0, TERMS)


def by_hand(y, t, sd):
    """Value, gradient, Hessian in numpy, by the chain rule: what all are compared with."""
    a, b, c = AT
    e = np.exp(-b * t)
    r = (y - (a * e + c)) / sd
    J = -np.stack([e, -a * t * e, np.ones_like(t)]) / sd
    H = 2.0 * J @ J.T
    ab, bb = 2.0 * np.sum(r * t * e / sd), -2.0 * np.sum(r * a * t * t * e / sd)
    H[0, 1] += ab
    H[1, 0] += ab
    H[1, 1] += bb
    return r @ r, 2.0 * J @ r, H


def casadi_functions(data, compiled):
    """One term's function and derivatives, mapped over the columns and summed."""
    import casadi
    x, y, t, sd = casadi.SX.sym("x", 3), *(casadi.SX.sym(n) for n in ("y", "t", "sd"))
    f = ((y - (x[0] * casadi.exp(-x[1] * t) + x[2])) / sd) ** 2
    hessian, gradient = casadi.hessian(f, x)
    made = {}
    for name, outputs in zip(EVALUATIONS, ([f], [f, gradient], [hessian])):
        term = casadi.Function(name, [x, y, t, sd], outputs)
        mapped = term.map(name + "_all", "serial", TERMS, [0], list(range(len(outputs))))
        if compiled:
            # A folder of its own takes the C code and the library.
            folder = tempfile.mkdtemp(prefix="constropt-bench.")
            old = os.getcwd()
            os.chdir(folder)
            try:
                mapped.generate(name + ".c")
                subprocess.run(["gcc", "-O3", "-march=native", "-fPIC", "-shared", name + ".c", "-o", name + ".so", "-lm"],
                               check=True)
                mapped = casadi.external(name + "_all", os.path.join(folder, name + ".so"))
            finally:
                os.chdir(old)
        made[name] = buffered(mapped, data, name)
    return made


def buffered(function, data, name):
    arguments = [AT.copy()] + [np.ascontiguousarray(column) for column in data]
    results = [np.zeros(function.nnz_out(k)) for k in range(function.n_out())]
    buffer, call = function.buffer()
    for k, argument in enumerate(arguments):
        buffer.set_arg(k, memoryview(argument))
    for k, result in enumerate(results):
        buffer.set_res(k, memoryview(result))

    def run():
        call()
        if name == "hessian":
            return results[0].reshape(3, 3)
        return results[0][0] if name == "value" else (results[0][0], results[1])
    run.keep = arguments, buffer
    return run


def jax_functions(data):
    import jax
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    y, t, sd = (jnp.asarray(column) for column in data)

    def f(x, y, t, sd):
        return jnp.sum(((y - (x[0] * jnp.exp(-x[1] * t) + x[2])) / sd) ** 2)
    made = {"value": jax.jit(f), "gradient": jax.jit(jax.value_and_grad(f)), "hessian": jax.jit(jax.hessian(f))}
    x = jnp.asarray(AT)
    return {name: (lambda function=function: jax.block_until_ready(function(x, y, t, sd)))
            for name, function in made.items()}


def check(functions, reference):
    value, (again, gradient), hessian = (functions[name]() for name in EVALUATIONS)
    for mine, other in ((value, reference[0]), (again, reference[0]), (gradient, reference[1]), (hessian, reference[2])):
        scale = np.max(np.abs(other))
        if not np.max(np.abs(np.asarray(mine) - other)) <= NEAR * scale:
            raise ValueError("values differ from ours by hand")


def milliseconds(function):
    best = np.inf
    for _ in range(REPEAT):
        start = time.process_time()
        function()
        best = min(best, 1e3 * (time.process_time() - start))
    return best


def ours():
    """The line of bench_nlp: build, value, value and gradient, Hessian."""
    lines = subprocess.run([os.environ["BENCH_NLP_CORE"], str(TERMS)], check=True, capture_output=True, text=True).stdout
    fields = next(line.split() for line in lines.splitlines() if line.startswith("decay"))
    return dict(zip(EVALUATIONS, map(float, fields[3:6])))


def have(package):
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def main(output):
    def say(line=""):
        print(line, flush=True)
        output.write(line + "\n")
        output.flush()

    data = measurements()
    reference, peers, best = by_hand(*data), {}, {}
    for name, make in (("CasADi, map of an SX function", lambda: casadi_functions(data, False)),
                       ("CasADi, the same as C by gcc -O3 -march=native", lambda: casadi_functions(data, True)),
                       ("JAX, jit", lambda: jax_functions(data))):
        try:
            start = time.perf_counter()
            peers[name] = make()
            check(peers[name], reference)
            print(f"{name}: made in {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
        except Exception as error:
            peers.pop(name, None)
            say(f"{name} skipped: {type(error).__name__}: {error}".splitlines()[0])
            say()
    for _ in range(ROUNDS):
        for name, times in [("**constropt**, patterns", ours())] + [
                (name, {e: milliseconds(functions[e]) for e in EVALUATIONS}) for name, functions in peers.items()]:
            mine = best.setdefault(name, dict(times))
            mine.update({e: min(mine[e], times[e]) for e in EVALUATIONS})
    first = best["**constropt**, patterns"]
    say(f"Evaluation of {TERMS:,} terms ((y - (a*exp(-b*t) + c))/sd)^2; {have('casadi')}, {have('jax')}; one thread.")
    say()
    say("| | value, × ours | value and gradient, × ours | Hessian, × ours | all three, × ours | value ms | value and gradient ms | Hessian ms |")
    say("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, times in best.items():
        ratios = [times[e] / first[e] for e in EVALUATIONS]
        ratios.append((times["gradient"] + times["hessian"]) / (first["gradient"] + first["hessian"]))
        say(f"| {name} | " + " | ".join(f"{r:.2f}" for r in ratios) + " | "
            + " | ".join(f"{times[e]:.1f}" for e in EVALUATIONS) + " |")
    say()


if __name__ == "__main__":
    with open(sys.argv[1], "a", encoding="utf-8") as output_:
        main(output_)
