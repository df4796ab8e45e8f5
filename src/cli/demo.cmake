# `rowhouse demo`: the only command that starts servers of its own.
target_sources(cli PRIVATE
  demo.cc
  demo_command.cc
  demo_counts.cc
  demo_directory.cc
  demo_options.cc
  demo_view.cc
  stderr_to_file.cc)
target_link_libraries(cli PUBLIC services shop)

if(BUILD_TESTING)
  add_executable(demo_test demo_test.cc)
  target_link_libraries(demo_test PRIVATE cli dep::gtest GTest::gtest_main)
  add_test(NAME demo_test COMMAND demo_test)
  set_tests_properties(demo_test PROPERTIES LABELS unit TIMEOUT 60)
endif()
