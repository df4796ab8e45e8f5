# add_module(name SOURCES ... [DEPS modules...] [LIBS dep::x ...] [TESTS ...] [BENCHES ...])
#
# Makes the static library `name`, the test executable `name_test` (run by ctest
# with the label "unit") and the benchmark `name_bench`. Sources are listed,
# never globbed. DEPS are modules and are PUBLIC; LIBS are third-party and stay
# PRIVATE, because no third-party type stands in a public header.
function(add_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS;TESTS;TEST_DEPS;BENCHES" ${ARGN})
  if(NOT ARG_SOURCES)
    set(ARG_SOURCES ${CMAKE_SOURCE_DIR}/cmake/empty.cc)
  endif()
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC rowhouse_options ${ARG_DEPS} PRIVATE ${ARG_LIBS})
  if(ARG_TESTS AND BUILD_TESTING)
    add_executable(${name}_test ${ARG_TESTS})
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_TEST_DEPS} ${ARG_LIBS} dep::gtest GTest::gtest_main)
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES LABELS unit TIMEOUT 120)
  endif()
  if(ARG_BENCHES)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${ARG_BENCHES})
    target_link_libraries(${name}_bench PRIVATE ${name} dep::benchmark benchmark::benchmark_main)
  endif()
endfunction()
