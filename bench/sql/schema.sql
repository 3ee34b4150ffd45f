-- The tables of the benchmarks.  Keys are integers, which suits the clients best:
-- they need no dictionary from a key to a position.
CREATE EXTENSION IF NOT EXISTS constropt;
CREATE TABLE assets (asset int PRIMARY KEY, mu float8 NOT NULL, sector int NOT NULL, specific float8);
CREATE TABLE covm (i int NOT NULL, j int NOT NULL, cov float8 NOT NULL);
CREATE TABLE factors (factor int PRIMARY KEY, variance float8 NOT NULL);
CREATE TABLE loadings (asset int NOT NULL, factor int NOT NULL, beta float8 NOT NULL);
CREATE TABLE limits (target float8 NOT NULL, cap float8 NOT NULL);
CREATE TABLE weights (asset int NOT NULL, weight float8 NOT NULL);

CREATE TABLE measurements (t float8 NOT NULL, y float8 NOT NULL, sd float8 NOT NULL);

CREATE TABLE holdings (portfolio int NOT NULL, asset int NOT NULL, mu float8 NOT NULL);
CREATE TABLE mandates (portfolio int PRIMARY KEY, target float8 NOT NULL);
CREATE TABLE portfolio_covm (portfolio int NOT NULL, i int NOT NULL, j int NOT NULL, cov float8 NOT NULL);
CREATE TABLE portfolio_weights (portfolio int NOT NULL, asset int NOT NULL, weight float8 NOT NULL);
