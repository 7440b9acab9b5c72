# SPDX-License-Identifier: Apache-2.0
foreach(module arena buf cancel clock encode error fs mem parse process secret str utf8)
  wva_unit_test(util ${module})
endforeach()
