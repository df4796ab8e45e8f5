# Connections, the dump, the data dictionary and table reads: all that needs a server.
target_sources(mysql PRIVATE
  binary_query.cc
  binary_row.cc
  binlog_source.cc
  catalog.cc
  chunk_reader.cc
  chunk_sql.cc
  column_info.cc
  connection.cc
  dump_stream.cc
  error_map.cc
  key_index.cc
  packet_reader.cc
  read_way.cc
  replica_snapshots.cc
  run_lock.cc
  server_checks.cc
  snapshot.cc
  start_position.cc)
target_link_libraries(mysql PRIVATE dep::mariadb dep::openssl)

if(BUILD_TESTING)
  target_sources(mysql_test PRIVATE
    chunk_sql_test.cc
    column_info_test.cc
    error_map_test.cc
    read_way_test.cc
    replica_snapshots_test.cc
    run_lock_test.cc
    server_checks_test.cc)

  # One real server of each kind a run; what this machine has not got is skipped aloud.
  add_executable(mysql_system_test
    chunk_system_test.cc
    events_system_test.cc
    moves_system_test.cc
    run_lock_system_test.cc
    source_system_test.cc)
  target_compile_definitions(mysql_system_test PRIVATE
    ROWHOUSE_MYSQL_TESTDATA="${CMAKE_CURRENT_SOURCE_DIR}/testdata")
  target_link_libraries(mysql_system_test PRIVATE mysql testing_servers dep::gtest GTest::gtest_main)
  add_test(NAME mysql_system_test COMMAND mysql_system_test)
  set_tests_properties(mysql_system_test PROPERTIES LABELS system TIMEOUT 600)
endif()
