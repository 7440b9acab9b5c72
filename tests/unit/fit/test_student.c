// SPDX-License-Identifier: Apache-2.0
/* The 97.5 % quantile against printed tables and against closed forms. */
#include "support/wva_test.h"

#include "wva/fit/fit.h"
#include "wva/util/mem.h"

static void known_quantiles(void **state)
{
    static const struct {
        size_t degrees;
        double quantile;
    } known[] = {
        {1, 12.706204736174705},   {2, 4.3026527297494639},    {3, 3.1824463052837096},
        {4, 2.7764451051977944},   {5, 2.5705818356363155},    {6, 2.44691185114497},
        {7, 2.3646242515927853},   {8, 2.3060041352041667},    {10, 2.2281388519862747},
        {30, 2.0422724563012383},  {100, 1.9839715185235523},  {200, 1.9718962236339094},
        {201, 1.9718365067798593}, {1000, 1.9623390808264085}, {1001, 1.9623367052808799},
        {2000, 1.961150826099438},
    };
    (void)state;

    for (size_t i = 0; i < WVA_COUNT(known); i++)
        check_close(wva_student_t975(known[i].degrees), known[i].quantile, 1e-11);
}

static void closed_forms(void **state)
{
    (void)state;
    check_close(wva_student_t975(1), tan(0.475 * 3.14159265358979323846), 1e-13);
    check_close(wva_student_t975(2), 0.95 * sqrt(2 / (1 - 0.95 * 0.95)), 1e-13);
}

/* Where the exact sum hands over to the expansion, and far beyond. */
static void falls_smoothly_to_the_normal_quantile(void **state)
{
    (void)state;
    for (size_t degrees = 950; degrees < 1050; degrees++) {
        const double fall = wva_student_t975(degrees) - wva_student_t975(degrees + 1);
        const double n = (double)degrees;

        check_close(fall, 2.37227 / (n * (n + 1)), 0.02); /* derivative of the first term */
    }
    check_close(wva_student_t975(100000000), 1.9599639845400545, 1e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WVA_TEST(known_quantiles),
        WVA_TEST(closed_forms),
        WVA_TEST(falls_smoothly_to_the_normal_quantile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
