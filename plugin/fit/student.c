// SPDX-License-Identifier: Apache-2.0
/*
 * Student's t: the one quantile that 95 % intervals need. For whole degrees of freedom the
 * distribution function is a finite sum of cosines (Abramowitz and Stegun 26.7.3 and 26.7.4), so no
 * incomplete beta function is needed; far out an expansion about the normal quantile is as good
 * (26.7.5).
 */
#include "wva/fit/fit.h"

#include <assert.h>
#include <math.h>

#define CENTRAL       0.95               /* between the 2.5 % and the 97.5 % quantile */
#define NORMAL_975    1.9599639845400545 /* the same quantile of the normal distribution */
#define EXACT_DEGREES 1000               /* above, the next term of the expansion is below 2e-12 */
#define HALVINGS      60                 /* a double's 53 bits, and a few */

static const double half_pi = 1.57079632679489661923;

/* Probability of |t| < sqrt(degrees) * tan(angle). */
static double central_probability(double angle, size_t degrees)
{
    const double cosine = cos(angle);
    const bool odd = degrees % 2 == 1;
    double term = odd ? cosine : 1.0;
    double sum = 0.0;

    for (size_t k = odd ? 3 : 2; k <= degrees; k += 2) {
        sum += term;
        term *= cosine * cosine * (double)(k - 1) / (double)k;
    }
    return odd ? (angle + sin(angle) * sum) / half_pi : sin(angle) * sum;
}

static double exact_quantile(size_t degrees)
{
    double low = 0.0;
    double high = half_pi;

    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;

        if (central_probability(middle, degrees) < CENTRAL)
            low = middle;
        else
            high = middle;
    }
    return sqrt((double)degrees) * tan((low + high) / 2);
}

static double expanded_quantile(size_t degrees)
{
    const double x = NORMAL_975;
    const double x3 = x * x * x;
    const double x5 = x3 * x * x;
    const double x7 = x5 * x * x;
    const double n = (double)degrees;

    return x + (x3 + x) / (4 * n) + (5 * x5 + 16 * x3 + 3 * x) / (96 * n * n) +
           (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * n * n * n);
}

double wva_student_t975(size_t degrees)
{
    assert(degrees >= 1);
    return degrees <= EXACT_DEGREES ? exact_quantile(degrees) : expanded_quantile(degrees);
}
