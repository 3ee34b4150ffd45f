"""The nonlinear sets of the literature (../shared/data), and our own judgement of a point.

A problem's expressions are kept as postfix lists, so that each peer gets what its own
modelling language would build, without anybody's text parser being timed.
"""
import functools
import gzip
import json
import math
import os
import re

DATA = os.environ.get("CO_DATA") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../shared/data")
SETS = {    # name: files
    "HS": ("nlp_hs/small.jsonl", "nlp_hs/medium.jsonl.gz"),
    "CUTE": ("nlp_cute/small.jsonl",),
    "CUTE, larger": ("nlp_cute/medium.jsonl.gz",),
    "Bounds": ("nlp_hs/small.jsonl", "nlp_cute/small.jsonl", "nlp_cute/medium.jsonl.gz"),
}
WITHOUT_ROWS = ("Bounds",)      # of these sets, the problems without constraints only
FUNCTIONS = ("ln", "log10", "exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
             "abs", "min", "max")
PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|([A-Za-z]\w*)|(.))")
MAX_TEXT = 16 << 20     # of common subexpressions written out
NEAR = 1e-6             # objective and violation, relative where above 1


def paths(name):
    return [os.path.join(DATA, file) for file in SETS[name]]


def exists(name):
    return all(os.path.exists(path) for path in paths(name))


def read(name):
    """The lines of a set by problem, not looked into yet."""
    lines = {}
    for path in paths(name):
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
            lines.update((re.search(r'"name": ?"([^"]*)"', line).group(1), line) for line in file
                         if name not in WITHOUT_ROWS or re.search(r'"m": ?0,', line))
    return lines


def postfix(text):
    """Shunting-yard: numbers, ('x', i), ('d', i), operators, function names."""
    out, stack, operand = [], [], False
    for number, word, sign in TOKEN.findall(text):
        if number:
            out.append(float(number))
            operand = True
        elif word in FUNCTIONS:
            stack.append(word)
        elif word:
            out.append((word[0], int(word[1:]) - 1))
            operand = True
        elif sign == "(":
            stack.append(sign)
            operand = False
        elif sign in "),":
            while stack[-1] != "(":
                out.append(stack.pop())
            if sign == ")":
                stack.pop()
                if stack and stack[-1] in FUNCTIONS:
                    out.append(stack.pop())
            operand = sign == ")"
        elif not operand:
            if sign == "-":
                stack.append("neg")
        else:
            while stack and (stack[-1] == "neg" or PRECEDENCE.get(stack[-1], 0) >= PRECEDENCE[sign]):
                out.append(stack.pop())
            stack.append(sign)
            operand = False
    return out + stack[::-1]


def fold(code, algebra, leaves):
    """The value of a postfix list in an algebra: a dict of functions and 'constant'; what
    'shared' makes of a value may be used again."""
    stack, constant = [], algebra["constant"]
    for item in code:
        if isinstance(item, float):
            stack.append(constant(item))
        elif isinstance(item, tuple):
            stack.append(leaves[item[0]][item[1]])
        elif item in PRECEDENCE or item in ("min", "max"):
            right = stack.pop()
            stack.append(algebra[item](stack.pop(), right))
        else:
            stack.append(algebra[item](stack.pop()))
    return stack.pop()


def functions(p, algebra, x):
    """Objective and rows at x in an algebra."""
    leaves, shared = {"x": x, "d": []}, algebra.get("shared", lambda value: value)
    for code in p.defs:
        leaves["d"].append(shared(fold(code, algebra, leaves)))
    return fold(p.objective, algebra, leaves), [fold(row, algebra, leaves) for row in p.rows]


def total(function):
    """NaN where Python would complain."""
    def guarded(*arguments):
        try:
            value = function(*arguments)
            return value if isinstance(value, float) else math.nan
        except (ArithmeticError, ValueError):
            return math.nan
    return guarded


FLOATS = {name: total(function) for name, function in {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "^": lambda a, b: a ** b, "neg": lambda a: -a, "abs": abs, "min": min, "max": max, "ln": math.log,
    **{f: getattr(math, f) for f in ("log10", "exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan",
                                     "sinh", "cosh", "tanh")}}.items()}
FLOATS["constant"] = float


class Problem:
    def __init__(self, line):
        d = json.loads(line)
        self.d, self.name, self.n, self.m = d, d["name"], d["n"], d["m"]
        self.maximize = d["sense"] == "max"
        self.smooth = d.get("smooth", True)
        low, high = (lambda v: -math.inf if v is None else v), (lambda v: math.inf if v is None else v)
        self.x0 = [v["start"] or 0.0 for v in d["variables"]]
        self.xl, self.xu = [low(v["lower"]) for v in d["variables"]], [high(v["upper"]) for v in d["variables"]]
        self.cl, self.cu = [low(c["lower"]) for c in d["constraints"]], [high(c["upper"]) for c in d["constraints"]]
        known = [d.get("f_from_start"), d.get("fopt")]
        self.reference = next((f for f in known if f is not None), None)

    @functools.cached_property
    def defs(self):
        return [postfix(e["expr"]) for e in self.d.get("defs", [])]

    @functools.cached_property
    def objective(self):
        return postfix(self.d["objective"])

    @functools.cached_property
    def rows(self):
        return [postfix(c["expr"]) for c in self.d["constraints"]]

    def judge(self, x):
        """Objective and the largest violation, relative where sides are above 1, in plain Python."""
        f, c = functions(self, FLOATS, [float(v) for v in x])
        worst = 0.0
        for value, low, high in zip(list(x) + c, self.xl + self.cl, self.xu + self.cu):
            for excess, side in ((low - value, low), (value - high, high)):
                if not excess <= 0.0:
                    worst = max(worst, excess / max(1.0, abs(side))) if excess == excess else math.inf
        return f, worst

    def reached(self, f, violation):
        """As good as the reference."""
        sign = -1.0 if self.maximize else 1.0
        return violation <= NEAR and f == f and (
            self.reference is None or sign * (f - self.reference) <= NEAR * max(1.0, abs(self.reference)))

    def text(self):
        """In our language; None: common subexpressions make it too long."""
        written = []

        def write(expression):
            def word(match):
                w = match.group(0)
                if w in ("min", "max"):
                    return {"min": "least", "max": "greatest"}[w]
                return f"({written[int(w[1:]) - 1]})" if re.fullmatch(r"d\d+", w) else w
            # A letter after a digit belongs to an exponent.
            text = re.sub(r"(?<![\w.])[A-Za-z]\w*", word, expression)
            if len(text) > MAX_TEXT:
                raise MemoryError
            return text

        def row(c):
            body, low, high = write(c["expr"]), c["lower"], c["upper"]
            if low is not None and low == high:
                return f"{c['name']}: {body} == {low!r}"
            low = "-inf" if low is None else repr(low)
            return f"{c['name']}: {low} <= {body} <= {'inf' if high is None else repr(high)}"

        def variable(v):
            low = "-inf" if v["lower"] is None else repr(v["lower"])
            high = "inf" if v["upper"] is None else repr(v["upper"])
            start = "" if v["start"] is None else f" start {v['start']!r}"
            return f"{v['name']} in [{low}, {high}]{start}"

        try:
            for e in self.d.get("defs", []):
                written.append(write(e["expr"]))
            return (("maximize " if self.maximize else "minimize ") + write(self.d["objective"])
                    + "\nsubject to\n" + "".join(row(c) + ";\n" for c in self.d["constraints"])
                    + "where " + ",\n".join(variable(v) for v in self.d["variables"]))
        except MemoryError:
            return None
