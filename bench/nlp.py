#!/usr/bin/env python3
"""Nonlinear programs of the literature: nlp.py OUTPUT.md (run.sh does the rest).

	BENCH_NLP='HS CUTE'       which sets; 'CUTE, larger' is the third: names apart by semicolons then
	BENCH_NLP_ROUTES=         which routes, apart by semicolons; all of nlp_peers.py unless said
	BENCH_ROUNDS=3            runs of each problem by each route; one that takes a second is run once
	BENCH_NLP_EACH=1          every how manieth problem of a set
	BENCH_NLP_OURS=core       the route that the others are compared with
"""
import multiprocessing
import os
import statistics
import sys
import time
import traceback
from importlib.metadata import PackageNotFoundError, version

import nlp_peers
import nlp_sets

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
EACH = int(os.environ.get("BENCH_NLP_EACH", 1))
ASKED = os.environ.get("BENCH_NLP", "HS CUTE")
SETS = [s.strip() for s in (ASKED.split(";") if ";" in ASKED or ASKED in nlp_sets.SETS else ASKED.split())]
ROUTES = [r.strip() for r in os.environ.get("BENCH_NLP_ROUTES", "").split(";") if r.strip()] or list(nlp_peers.ROUTES)
LONG = 1.0              # seconds of a run that is not repeated
KILLED = 60             # seconds of building and solving after which a route's process is ended
SMALL_ONLY = {"scipy (trust-constr)": "CUTE, larger"}     # too slow there
OURS, REFEREE = os.environ.get("BENCH_NLP_OURS", "core"), "Ipopt (CasADi)"
MANY = 2                # times Ipopt's iterations: told by name

output = None


def say(line=""):
    print(line, flush=True)
    output.write(line + "\n")
    output.flush()


def log(line):
    print(line, file=sys.stderr, flush=True)


def serve(pipe, route, name):
    """Builds and solves the problems it is told."""
    try:
        lines = nlp_sets.read(name)
        mine = {**nlp_peers.ROUTES, **nlp_peers.METHOD_ROUTES}[route]()
        p = nlp_sets.Problem(lines[next(iter(lines))])
        mine.build(p)       # so that the first problem is not charged with loading modules
        mine.solve()
        pipe.send("ready")
        while True:
            p = nlp_sets.Problem(lines[pipe.recv()])
            p.objective, p.rows, p.defs     # read before the clock starts
            try:
                t0 = time.perf_counter()
                mine.build(p)
                t1 = time.perf_counter()
                answer = mine.solve()
                t2 = time.perf_counter()
                pipe.send({"build": t1 - t0, "solve": t2 - t1, **answer})
            except Exception as error:
                if os.environ.get("BENCH_VERBOSE"):
                    traceback.print_exc()
                pipe.send({"status": f"{type(error).__name__}: {error}".splitlines()[0]})
    except EOFError:
        pass
    except BaseException as error:
        pipe.send({"error": f"{type(error).__name__}: {error}".splitlines()[0]})


class Route:
    """A process that can be ended when it takes too long, and is then started again."""
    def __init__(self, name, set_):
        self.name, self.set, self.trouble = name, set_, None
        self.start()

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, self.name, self.set))
        self.process.start()
        other.close()
        answer = self.receive()
        if answer != "ready":
            self.trouble = (answer or {}).get("error", "does not start")

    def receive(self):
        try:
            if self.pipe.poll(KILLED):
                return self.pipe.recv()
            return {"status": f"more than {KILLED} s"}
        except EOFError:
            return {"status": "crashed"}

    def run(self, problem):
        if self.trouble:
            return {"status": self.trouble}
        try:
            self.pipe.send(problem.name)
            answer = self.receive()
        except BrokenPipeError:
            answer = {"status": "crashed"}
        if "x" not in answer and answer["status"].startswith(("crashed", "more than")):
            self.stop()
            self.start()
        return answer

    def stop(self):
        """The pipe's end lets it go; what does not is killed."""
        self.pipe.close()
        self.process.join(0.2)
        self.process.kill()
        self.process.join()


class Outcome:
    """What a route made of a problem."""
    def __init__(self, problem, runs):
        first = runs[0]
        self.status = first["status"]
        self.solved, self.f = False, float("nan")
        if "x" not in first:
            return
        self.iterations, self.evaluations = first["iterations"], first["evaluations"]
        self.build = statistics.median(run["build"] for run in runs)
        self.solve = statistics.median(run["solve"] for run in runs)
        if len(first["x"]) == problem.n:
            self.f, self.violation = problem.judge(first["x"])
            self.solved = first["status"] == "optimal" and problem.reached(self.f, self.violation)
            if first["status"] == "optimal" and not self.solved:
                self.status = f"optimal at {self.f:.9g}" + (f", violation {self.violation:.0e}"
                                                            if self.violation > nlp_sets.NEAR else "")


def same(a, b):
    return a.solved and b.solved and abs(a.f - b.f) <= nlp_sets.NEAR * max(1.0, abs(a.f))


def compete(problem, routes):
    runs = {route.name: [] for route in routes}
    for _ in range(ROUNDS):
        for route in routes:
            done = runs[route.name]
            if not done or ("x" in done[0] and done[0]["build"] + done[0]["solve"] < LONG):
                answer = route.run(problem)
                if "x" in answer or not done:
                    done.append(answer)
    return {name: Outcome(problem, done) for name, done in runs.items()}


def number(v):
    return "–" if v is None else f"{v:.0f}" if v >= 100 else f"{v:.3g}"


def seconds(t):
    return f"{t:.4f}" if t < 0.1 else f"{t:.3f}" if t < 10 else f"{t:.1f}"


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def row(name, answers, common):
    """Ratios first.  answers: problem -> route -> outcome."""
    both = [a for a in answers.values() if name in a and same(a[OURS], a[name])]
    solved = sum(a[name].solved for a in answers.values())
    shared = [answers[p] for p in common]
    if name in SMALL_ONLY or not both:
        shared = [a for a in shared if a[name].solved]
    if not both:
        return f"| {name} | {solved} | – | – | – | – | – | – | – | – | – |"
    ratios = [median(a[name].solve / a[OURS].solve for a in both),
              sum(a[name].solve for a in both) / sum(a[OURS].solve for a in both),
              median(a[name].iterations / max(1, a[OURS].iterations) for a in both)]
    rows_ = [a for a in both if "SQL" in a and same(a["SQL"], a[name])]
    whole = sum(a[name].build + a[name].solve for a in rows_) / sum(a["SQL"].build + a["SQL"].solve for a in rows_) \
        if rows_ else None
    cells = [solved, len(both)] + [number(r) for r in ratios + [whole]]
    cells += [number(median(getattr(a[name], field) for a in shared)) for field in ("iterations", "evaluations")]
    cells += [number(median(1e3 * a[name].solve for a in shared)),
              seconds(sum(a[name].solve for a in shared)), seconds(sum(a[name].build for a in shared))]
    return f"| {name} | " + " | ".join(str(c) for c in cells) + " |"


def tell(set_, answers, names):
    # What all solve but the route that is known to be behind.
    every = [n for n in names if n not in SMALL_ONLY and any(a[n].solved for a in answers.values())]
    common = [p for p, a in answers.items() if all(same(a[OURS], a[n]) for n in every)]
    say(f"**{set_}**: {len(answers)} problems; all of {', '.join(every)} solve {len(common)} of them to the same objective.")
    say()
    say(f"| route | solved | same as {OURS} | solve, × {OURS}, median | solve, × {OURS}, total | iterations, × {OURS}, median "
        "| build and solve, × SQL, total | iterations | f evaluations | solve ms | solve s, total | build s, total |")
    say("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name in names:
        say(row(name, answers, common))
    say()
    told = [(name, evaluations_ratio(name, answers)) for name in names if name != OURS]
    if any(ratio is not None for _, ratio in told):
        say(f"Evaluations of the objective, × {OURS}, total over what both solve: "
            + ", ".join(f"{name} {number(ratio)}" for name, ratio in told if ratio is not None) + ".")
        say()
    if "SQL" in names:
        say("The peers' solves alone, without building, against the whole statement in SQL, total over what both solve: "
            + ", ".join(f"{name} {against_sql(name, answers)}" for name in names if name not in (OURS, "SQL")) + ".")
        say()
    if REFEREE in names and OURS in names:
        tell_names(answers, names)


def evaluations_ratio(name, answers):
    """None: not told."""
    both = [a for a in answers.values() if name in a and same(a[OURS], a[name])]
    if not both or any(a[r].evaluations is None for a in both for r in (OURS, name)):
        return None
    return sum(a[name].evaluations for a in both) / sum(a[OURS].evaluations for a in both)


def against_sql(name, answers):
    both = [a for a in answers.values() if same(a["SQL"], a[name])]
    if not both:
        return "–"
    return number(sum(a[name].solve for a in both) / sum(a["SQL"].build + a["SQL"].solve for a in both)) + " ×"


def tell_names(answers, names):
    more = [(a[OURS].iterations / max(1, a[REFEREE].iterations), p, a) for p, a in answers.items()
            if same(a[OURS], a[REFEREE]) and a[OURS].iterations > MANY * a[REFEREE].iterations]
    fewer = sum(same(a[OURS], a[REFEREE]) and a[REFEREE].iterations > MANY * a[OURS].iterations for a in answers.values())
    say(f"More than {MANY} times Ipopt's iterations ({len(more)}; less than half of them: {fewer}): " + (", ".join(
        f"{p} {a[OURS].iterations} / {a[REFEREE].iterations}" for _, p, a in sorted(more, key=lambda e: -e[0])) or "none") + ".")
    say()
    lost = [(p, a) for p, a in answers.items() if not a[OURS].solved and a[REFEREE].solved]
    say(f"Solved by Ipopt and not by the core ({len(lost)}): " + (", ".join(
        f"{p} ({a[OURS].status})" for p, a in lost) or "none") + ".")
    say()
    won = [(p, a) for p, a in answers.items() if a[OURS].solved and not a[REFEREE].solved]
    say(f"Solved by the core and not by Ipopt ({len(won)}): " + (", ".join(
        f"{p} ({a[REFEREE].status})" for p, a in won) or "none") + ".")
    say()
    apart = [(p, a) for p, a in answers.items() if a[OURS].solved and a[REFEREE].solved and not same(a[OURS], a[REFEREE])]
    if apart:
        say(f"Both as good as the reference, at different values ({len(apart)}): " + ", ".join(
            f"{p} {a[OURS].f:.9g} / {a[REFEREE].f:.9g}" for p, a in apart) + ".")
        say()
    if "SQL" in names:
        differ = [(p, a) for p, a in answers.items() if a[OURS].solved != a["SQL"].solved]
        if differ:
            say(f"Solved by only one of core and SQL ({len(differ)}): " + ", ".join(
                f"{p} ({a['SQL'].status} in SQL, {a[OURS].status} in the core)" for p, a in differ) + ".")
            say()


def run_set(set_):
    if not nlp_sets.exists(set_):
        say(f"**{set_}**: skipped, there are no data in {os.path.normpath(nlp_sets.DATA)}.")
        say()
        return
    lines = nlp_sets.read(set_)
    names = [n for n in ROUTES if SMALL_ONLY.get(n) != set_]
    routes, answers = [Route(n, set_) for n in names], {}
    for route in [r for r in routes if r.trouble]:
        log(f"{route.name}: {route.trouble}")
        say(f"{route.name} skipped: {route.trouble}")
        say()
        route.stop()
        routes.remove(route)
    for k, name in enumerate(list(lines)[::EACH]):
        problem = nlp_sets.Problem(lines[name])
        if not problem.smooth or problem.text() is None:
            continue
        answers[name] = compete(problem, routes)
        log(f"{k} {name}: " + "  ".join(
            f"{a.iterations if hasattr(a, 'iterations') else '-'}{'' if a.solved else '*'}" for a in answers[name].values()))
    for route in routes:
        route.stop()
    tell(set_, answers, [r.name for r in routes])


def have(package):
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def main():
    say("Nonlinear programs of the literature; " + ", ".join(
        have(p) for p in ("casadi", "cyipopt", "pounce-solver", "scipy")) + f"; medians of {ROUNDS}, runs in turns, one thread.")
    say()
    for set_ in SETS:
        run_set(set_)


if __name__ == "__main__":
    with open(sys.argv[1], "a", encoding="utf-8") as output:
        main()
