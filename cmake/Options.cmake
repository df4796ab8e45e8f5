# Warnings, hardening and sanitizers for our own targets: everything links rowhouse_options.
option(ROWHOUSE_WERROR "Warnings are errors" OFF)
set(ROWHOUSE_SANITIZE "" CACHE STRING "Comma list for -fsanitize=")
option(ROWHOUSE_FUZZ "Build libFuzzer programs (clang)" OFF)
option(ROWHOUSE_HARDENED_STL "Define _GLIBCXX_ASSERTIONS" ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(rowhouse_options INTERFACE)
target_include_directories(rowhouse_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(rowhouse_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  $<$<CXX_COMPILER_ID:GNU>:-Wconversion>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  -fstack-protector-strong -fno-plt)
if(ROWHOUSE_WERROR)
  target_compile_options(rowhouse_options INTERFACE -Werror)
endif()
if(ROWHOUSE_HARDENED_STL)
  target_compile_definitions(rowhouse_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(ROWHOUSE_SANITIZE)
  target_compile_options(rowhouse_options INTERFACE -fsanitize=${ROWHOUSE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(rowhouse_options INTERFACE -fsanitize=${ROWHOUSE_SANITIZE})
  # g++ 12 finds it in <regex> and <functional> once they are instrumented, and only there.
  target_compile_options(rowhouse_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
else()
  target_compile_definitions(rowhouse_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
if(ROWHOUSE_FUZZ)
  target_compile_options(rowhouse_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_options(rowhouse_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
