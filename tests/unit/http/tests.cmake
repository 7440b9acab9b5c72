# SPDX-License-Identifier: Apache-2.0
find_package(Threads REQUIRED)

# The scripted server, for every test that talks HTTP.
add_library(wva_fakeapi OBJECT support/fakeapi.c support/testcert.c)
target_link_libraries(wva_fakeapi PUBLIC wva_test_options OpenSSL::SSL Threads::Threads)

wva_unit_test(http url)
wva_unit_test(http headers)
target_include_directories(test_http_headers PRIVATE ${PROJECT_SOURCE_DIR}/plugin/http)
foreach(module request stream tls trace)
  wva_unit_test(http ${module})
  target_link_libraries(test_http_${module} PRIVATE wva_fakeapi)
endforeach()
