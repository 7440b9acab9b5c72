# SPDX-License-Identifier: Apache-2.0
foreach(module check command console digest job level podspec real report script version)
  wva_unit_test(guidellm ${module})
endforeach()
