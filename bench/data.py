"""Random but repeatable problems, and their rows in the tables."""
import numpy as np

SECTORS = 20
SECTOR_CAP = 0.08       # a sector holds 0.05 on average: some caps bind
BATCH_ASSETS = 20


def write_rows(connection, table, *columns):
    """COPY of whole columns in binary, put together by numpy: nothing is faster."""
    fields = [("count", ">i2")]
    for k, column in enumerate(columns):
        kind = ">i4" if column.dtype.kind == "i" else ">f8"
        fields += [(f"size{k}", ">i4"), (f"value{k}", kind)]
    rows = np.empty(len(columns[0]), dtype=fields)
    rows["count"] = len(columns)
    for k, column in enumerate(columns):
        rows[f"size{k}"] = rows.dtype[f"value{k}"].itemsize
        rows[f"value{k}"] = column
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(rows.tobytes())
        copy.write(b"\xff\xff")


def reload(connection, **tables):
    for table, columns in tables.items():
        connection.execute(f"TRUNCATE {table}")
        write_rows(connection, table, *columns)
        connection.execute(f"VACUUM ANALYZE {table}")


def keys(n):
    return np.arange(1, n + 1, dtype="i4")


def expected_returns(rng, n):
    """Expected returns, and a target that a plain portfolio reaches: the better
    half of each sector, each sector alike."""
    mu = 0.06 + 0.04 * rng.standard_normal(n)
    sector = (np.arange(n) % SECTORS + 1).astype("i4")
    target = 0.0
    for s in range(1, SECTORS + 1):
        best = np.sort(mu[sector == s])[::-1]
        target += best[:(len(best) + 1) // 2].mean() / SECTORS
    return mu, sector, target


def covariance(rng, n, factors):
    """A factor structure with noise of full rank: volatilities around 0.3."""
    loadings = rng.standard_normal((n, factors)) * 0.2 / np.sqrt(factors)
    loadings[:, 0] += 0.2
    noise = rng.standard_normal((n, n)) * 0.03 / np.sqrt(n)
    return loadings @ loadings.T + noise @ noise.T + np.diag(rng.uniform(0.01, 0.09, n))


class Markowitz:
    """min w'Sw, sum w = 1, mu'w >= target, sector caps, w >= 0"""
    def __init__(self, n):
        rng = np.random.default_rng(n)
        self.n = n
        self.mu, self.sector, self.target = expected_returns(rng, n)
        self.cov = covariance(rng, n, 10)

    def load(self, connection):
        i, j = np.divmod(np.arange(self.n * self.n), self.n)
        reload(connection,
               assets=(keys(self.n), self.mu, self.sector, np.zeros(self.n)),
               covm=((i + 1).astype("i4"), (j + 1).astype("i4"), self.cov.ravel()),
               limits=(np.array([self.target]), np.array([SECTOR_CAP])))

    def objective(self, w):
        return w @ self.cov @ w

    def violation(self, w):
        held = np.bincount(self.sector - 1, w, SECTORS)
        return max(abs(w.sum() - 1), self.target - self.mu @ w, held.max() - SECTOR_CAP, -w.min(), 0.0)


class Decay:
    """Measurements of a exp(-b t) + c, each with a standard deviation"""
    def __init__(self, n):
        rng = np.random.default_rng(n)
        self.t = rng.uniform(0.0, 10.0, n)
        self.sd = rng.uniform(0.5, 1.5, n)
        self.y = 3.0 * np.exp(-0.7 * self.t) + 1.0 + 0.01 * self.sd * rng.standard_normal(n)

    def load(self, connection):
        reload(connection, measurements=(self.t, self.y, self.sd))


class Factor(Markowitz):
    """The same with S = B diag(variance) B' + diag(specific), never formed"""
    def __init__(self, n, factors):
        rng = np.random.default_rng(n + factors)
        self.n, self.factors = n, factors
        self.mu, self.sector, self.target = expected_returns(rng, n)
        self.beta = rng.standard_normal((n, factors))
        self.beta[:, 0] += 1
        self.variance = rng.uniform(0.01, 0.09, factors) / np.arange(1, factors + 1)
        self.specific = rng.uniform(0.01, 0.09, n)

    def load(self, connection):
        i, k = np.divmod(np.arange(self.n * self.factors), self.factors)
        reload(connection,
               assets=(keys(self.n), self.mu, self.sector, self.specific),
               factors=(keys(self.factors), self.variance),
               loadings=((i + 1).astype("i4"), (k + 1).astype("i4"), self.beta.ravel()),
               limits=(np.array([self.target]), np.array([SECTOR_CAP])))

    def objective(self, w):
        f = self.beta.T @ w
        return f @ (self.variance * f) + w @ (self.specific * w)


class Batch:
    """Many small ones: min w'Sw, sum w = 1, mu'w >= target, w >= 0"""
    def __init__(self, count):
        rng = np.random.default_rng(count)
        n = BATCH_ASSETS
        self.count = count
        self.mu = 0.06 + 0.04 * rng.standard_normal((count, n))
        self.target = np.sort(self.mu, axis=1)[:, n // 2:].mean(axis=1)
        loadings = rng.standard_normal((count, n, 5)) * 0.1
        loadings[:, :, 0] += 0.2
        self.cov = loadings @ loadings.transpose(0, 2, 1)
        self.cov[:, np.arange(n), np.arange(n)] += rng.uniform(0.01, 0.09, (count, n))

    def load(self, connection):
        n = BATCH_ASSETS
        p, i, j = (x.ravel().astype("i4") + 1 for x in np.indices((self.count, n, n)))
        q, k = (x.ravel().astype("i4") + 1 for x in np.indices((self.count, n)))
        reload(connection,
               holdings=(q, k, self.mu.ravel()),
               mandates=(keys(self.count), self.target),
               portfolio_covm=(p, i, j, self.cov.ravel()))

    def objective(self, w):
        return np.einsum("pi,pij,pj->p", w, self.cov, w)

    def violation(self, w):
        return max(abs(w.sum(axis=1) - 1).max(), (self.target - (self.mu * w).sum(axis=1)).max(), -w.min(), 0.0)
