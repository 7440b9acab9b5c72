# SPDX-License-Identifier: Apache-2.0
wva_unit_test(ui progress)
wva_unit_test(ui table)
wva_unit_test(ui term)
