
--
--Answers one can trust
--

CREATE FUNCTION opt_conflict(solution opt_solution, options jsonb DEFAULT NULL) RETURNS TABLE(
																							  part text,
																							  kind text,
																							  name text,
																							  key text,
																							  side text,
																							  lower float8,
																							  upper float8,
																							  value float8,
																							  amount float8,
																							  proof text
)
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL SAFE COST 10000 ROWS 10;
COMMENT		ON FUNCTION opt_conflict(opt_solution, jsonb) IS 'why nothing is feasible, or the objective has no limit: the sides to relax, with the smallest total (part relax), constraints and bounds that conflict, none of them superfluous (conflict), the direction without end (ray)';
