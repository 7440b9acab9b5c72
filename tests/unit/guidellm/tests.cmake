# SPDX-License-Identifier: Apache-2.0
foreach(module check command level podspec version)
  wva_unit_test(guidellm ${module})
endforeach()
