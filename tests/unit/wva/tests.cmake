# SPDX-License-Identifier: Apache-2.0
wva_unit_test(wva schema)
wva_unit_test(wva service_class)
wva_unit_test(wva variantautoscaling)
