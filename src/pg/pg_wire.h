/*-------------------------------------------------------------------------
 *
 * pg/pg_wire.h
 *	  The binary format of blocks between client and server.
 *
 * All in network byte order:
 *
 *		byte	version (2), kind, flags
 *		int32	n_row, n_leaf, n_lin, n_quad, n_code, n_bound, n_bound_code,
 *				number of strings
 *		strings, each an int32 length and that many bytes (client encoding)
 *		the columns of CoBlock in its order but for leaf_id, which follows from
 *		the names; offsets of strings are their numbers, -1: none
 *		code and that of bounds, their numbers swapped in place
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_PG_PG_WIRE_H
#define CO_PG_PG_WIRE_H

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "expr/block.h"

#define COPG_WIRE_VERSION	2

extern bytea *copg_wire_send(const CoBlock *block);

/* A flat value in the current context, checked; 22P03 when malformed. */
extern Datum copg_wire_recv(StringInfo message, CoBlockKind kind);

#endif							/* CO_PG_PG_WIRE_H */
