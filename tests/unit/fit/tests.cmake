# SPDX-License-Identifier: Apache-2.0
wva_unit_test(fit birth_death)
wva_unit_test(fit fit)
wva_unit_test(fit line)
wva_unit_test(fit queue)
wva_unit_test(fit student)
wva_unit_test(fit uncertainty)
