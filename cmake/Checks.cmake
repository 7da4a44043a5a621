# Checks of the source tree itself, under ctest as check.NAME: scripts of .ci/checks; 77 is a skip.
function(assay_check name)
	add_test(NAME check.${name} COMMAND ${PROJECT_SOURCE_DIR}/.ci/checks/${name} ${PROJECT_SOURCE_DIR} ${CMAKE_BINARY_DIR})
	set_tests_properties(check.${name} PROPERTIES LABELS check SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()

assay_check(format)
assay_check(length)
assay_check(layers)
assay_check(shell)
assay_check(man)
assay_check(bootstrap)
assay_check(docs)
assay_check(requirements)
