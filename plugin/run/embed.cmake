# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT, a C file with the manifests of SOURCE_DIR as byte arrays: string literals have a
# length limit. A line of the manifest is a line of the array.
function(embed symbol file)
  file(READ ${SOURCE_DIR}/${file} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(REPLACE "'\\x0a'," "'\\x0a',\n" bytes "${bytes}")
  file(APPEND ${OUTPUT}.new "\nconst char ${symbol}[] = {\n${bytes}'\\0'};\n")
endfunction()

file(WRITE ${OUTPUT}.new
     "/* Generated from manifests/ by embed.cmake. */\n#include \"wva/run/vllm.h\"\n")
embed(wva_manifest_vllm vllm.yaml)
embed(wva_manifest_guidellm_job guidellm-job.yaml)
file(RENAME ${OUTPUT}.new ${OUTPUT})
