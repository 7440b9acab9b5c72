# SPDX-License-Identifier: Apache-2.0
wva_unit_test(document benchmark)
wva_unit_test(document fit)
wva_unit_test(document fit_basis)
wva_unit_test(document input)
wva_unit_test(document prediction)
