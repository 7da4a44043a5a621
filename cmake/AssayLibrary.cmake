# The rows of docs/architecture.md: a folder is one static library, and it can include only what its row names.
# Headers are reached as "folder/header.h" through a directory of symbolic links that holds that one folder, so an
# include that a row does not name does not compile. Nothing is inherited: PRIVATE rows, link-only for the linker.

# assay_library(NAME DIR dir ROW row... USES external... SOURCES file...)
function(assay_library name)
	cmake_parse_arguments(A "" "DIR" "ROW;USES;SOURCES" ${ARGN})
	if(NOT A_DIR)
		set(A_DIR ${CMAKE_CURRENT_SOURCE_DIR})
	endif()
	set(view ${CMAKE_BINARY_DIR}/include/${name})
	file(MAKE_DIRECTORY ${view})
	file(CREATE_LINK ${A_DIR} ${view}/${name} SYMBOLIC)
	add_library(assay_${name} STATIC ${A_SOURCES})
	target_include_directories(assay_${name} PUBLIC ${view})
	foreach(dep IN LISTS A_ROW)
		target_link_libraries(assay_${name} PRIVATE assay_${dep})
	endforeach()
	target_link_libraries(assay_${name} PRIVATE ${A_USES})
endfunction()

# assay_unit_test(NAME ROW row... USES external... SOURCES file...): a CUnit program under ctest, with "test/unit.h" for its main. It is run as it is, in a
# working directory that nobody can write to (files of its own belong in a temporary folder), and it must not depend on order or on wall time.
function(assay_unit_test name)
	cmake_parse_arguments(A "" "" "ROW;USES;SOURCES" ${ARGN})
	set(view ${CMAKE_BINARY_DIR}/include/unit)
	file(MAKE_DIRECTORY ${view})
	file(CREATE_LINK ${PROJECT_SOURCE_DIR}/harness/test ${view}/test SYMBOLIC)
	add_executable(${name} ${A_SOURCES})
	target_include_directories(${name} PRIVATE ${view})
	foreach(dep IN LISTS A_ROW)
		target_link_libraries(${name} PRIVATE assay_${dep})
	endforeach()
	target_link_libraries(${name} PRIVATE ${A_USES} PkgConfig::CUNIT)
	add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY /proc)
	set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
