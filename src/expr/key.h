/*-------------------------------------------------------------------------
 *
 * expr/key.h
 *	  The inverse of co_key_join() (expr/text.h), for the printer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_KEY_H
#define CO_EXPR_KEY_H

#include "expr/text.h"

/*
 * The components of a key that co_key_join() gives back exactly, one after
 * another with their NULs, in parts (strlen(key) + 1 bytes), and their number;
 * 0 for every other key (a single component, a NULL among them, other quotes).
 */
extern int	co_key_split(const char *key, char *parts);

#endif							/* CO_EXPR_KEY_H */
