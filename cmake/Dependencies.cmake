# Third-party libraries, each behind one dep::name. All are Debian packages but librdkafka, which
# tools/bootstrap builds; nothing is fetched here.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(PkgConfig REQUIRED)

pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SASL REQUIRED IMPORTED_TARGET libsasl2)

# Where tools/bootstrap puts what is no Debian package.
set(rowhouse_deps "$ENV{ROWHOUSE_DEPS}")
if(NOT rowhouse_deps AND DEFINED ENV{XDG_CACHE_HOME})
  set(rowhouse_deps "$ENV{XDG_CACHE_HOME}/rowhouse")
elseif(NOT rowhouse_deps)
  set(rowhouse_deps "$ENV{HOME}/.cache/rowhouse")
endif()
find_library(RDKAFKA_LIBRARY librdkafka.a PATHS "${rowhouse_deps}/librdkafka/lib" NO_DEFAULT_PATH)
if(NOT RDKAFKA_LIBRARY)
  message(FATAL_ERROR "no ${rowhouse_deps}/librdkafka/lib/librdkafka.a: run tools/bootstrap build")
endif()
add_library(rdkafka STATIC IMPORTED)
set_target_properties(rdkafka PROPERTIES
  IMPORTED_LOCATION "${RDKAFKA_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${rowhouse_deps}/librdkafka/include"
  INTERFACE_COMPILE_DEFINITIONS LIBRDKAFKA_STATICLIB)
target_link_libraries(rdkafka INTERFACE PkgConfig::SASL PkgConfig::ZSTD PkgConfig::LZ4 CURL::libcurl
  ZLIB::ZLIB OpenSSL::SSL OpenSSL::Crypto Threads::Threads m)

function(rowhouse_dep name)
  add_library(dep_${name} INTERFACE)
  target_link_libraries(dep_${name} INTERFACE ${ARGN})
  add_library(dep::${name} ALIAS dep_${name})
endfunction()

rowhouse_dep(threads Threads::Threads)
rowhouse_dep(openssl OpenSSL::SSL OpenSSL::Crypto)
rowhouse_dep(curl CURL::libcurl)
rowhouse_dep(zlib ZLIB::ZLIB)
rowhouse_dep(fmt fmt::fmt)
rowhouse_dep(rdkafka rdkafka ${CMAKE_DL_LIBS})
rowhouse_dep(mariadb PkgConfig::MARIADB)
rowhouse_dep(zstd PkgConfig::ZSTD)
rowhouse_dep(lz4 PkgConfig::LZ4)
rowhouse_dep(re2 PkgConfig::RE2)
rowhouse_dep(yaml PkgConfig::YAMLCPP)
rowhouse_dep(sqlite PkgConfig::SQLITE)
rowhouse_dep(sodium PkgConfig::SODIUM)
rowhouse_dep(gtest GTest::gtest GTest::gmock)
rowhouse_dep(benchmark benchmark::benchmark)
# Header-only, in the compiler's default path: Boost.Beast/Asio, CLI11, nlohmann-json.
rowhouse_dep(beast Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
rowhouse_dep(dl ${CMAKE_DL_LIBS})
