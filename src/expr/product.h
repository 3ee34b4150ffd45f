/*-------------------------------------------------------------------------
 *
 * expr/product.h
 *	  Terms of a product of two short sums, like ones summed as they come: for
 *	  the operators and for texts, which have to give the same bytes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CO_EXPR_PRODUCT_H
#define CO_EXPR_PRODUCT_H

/*
 * Largest number of products that are multiplied out.  At 64, eight terms by
 * eight, the columns (16 bytes a term) take 1 kB where code takes 0.2 kB, and
 * a solver gains nothing from a variable of its own for so short a sum; the
 * square of a sum of 300 would already be 0.7 MB.
 */
#define CO_MAX_PRODUCTS	64

/*
 * Most terms, the constant among them, of a sum whose square is multiplied out:
 * distances from a value, differences.  Longer ones are residuals, and of a sum
 * of their squares A'A has half the digits that A has [B96, 2.2].
 */
#define CO_MAX_SQUARE	2

typedef struct CoProduct
{
	int			n;
	int			i[CO_MAX_PRODUCTS + 1],
				j[CO_MAX_PRODUCTS + 1];
	double		coef[CO_MAX_PRODUCTS + 1];
} CoProduct;

static inline void
co_product_add(CoProduct *product, int i, int j, double coef)
{
	int			k = 0;

	while (k < product->n && !(product->i[k] == i && product->j[k] == j) &&
		   !(product->i[k] == j && product->j[k] == i))
		k++;
	if (k == product->n)
	{
		product->i[k] = i;
		product->j[k] = j;
		product->coef[k] = 0.0;
		product->n++;
	}
	product->coef[k] += coef;
}

#endif							/* CO_EXPR_PRODUCT_H */
