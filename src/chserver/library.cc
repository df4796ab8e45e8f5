#include "chserver/library.h"

#include <dlfcn.h>

#include <fmt/format.h>

namespace rowhouse::chserver {
namespace {

constexpr const char* kHint =
    "set clickhouse.library to the libchdb.so of npm package @chdb/lib-linux-x64-gnu 26.7";

template <typename Function>
bool Find(void* library, const char* name, Function*& into) {
  into = reinterpret_cast<Function*>(dlsym(library, name));
  return into != nullptr;
}

// The first function that is missing, or null.
const char* FindAll(void* so, Library& lib) {
#define ROWHOUSE_FIND(name, member)  \
  if (!Find(so, name, lib.member)) { \
    return name;                     \
  }
  ROWHOUSE_FIND("chdb_connect", connect)
  ROWHOUSE_FIND("chdb_close_conn", close)
  ROWHOUSE_FIND("chdb_set_signal_handlers_enabled", set_signal_handlers)
  ROWHOUSE_FIND("chdb_shutdown", shutdown)
  ROWHOUSE_FIND("chdb_query_with_params_n", query)
  ROWHOUSE_FIND("chdb_stream_query_with_params_n", stream)
  ROWHOUSE_FIND("chdb_stream_insert_with_params_n", insert)
  ROWHOUSE_FIND("chdb_stream_fetch_result", fetch)
  ROWHOUSE_FIND("chdb_stream_cancel_query", cancel)
  ROWHOUSE_FIND("chdb_stream_append", append)
  ROWHOUSE_FIND("chdb_stream_done", done)
  ROWHOUSE_FIND("chdb_stream_cancel_insert", cancel_insert)
  ROWHOUSE_FIND("chdb_stream_insert_error", insert_error)
  ROWHOUSE_FIND("chdb_destroy_insert_stream", destroy_insert)
  ROWHOUSE_FIND("chdb_result_buffer", buffer)
  ROWHOUSE_FIND("chdb_result_length", length)
  ROWHOUSE_FIND("chdb_result_error", error)
  ROWHOUSE_FIND("chdb_result_rows_read", rows)
  ROWHOUSE_FIND("chdb_result_storage_rows_read", rows_read)
  ROWHOUSE_FIND("chdb_result_storage_bytes_read", bytes_read)
  ROWHOUSE_FIND("chdb_result_rows_written", rows_written)
  ROWHOUSE_FIND("chdb_result_bytes_written", bytes_written)
  ROWHOUSE_FIND("chdb_destroy_query_result", destroy)
#undef ROWHOUSE_FIND
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<const Library>> Library::Load(const std::string& path) {
  void* so = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (so == nullptr) {
    const char* why = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return Error(
               ErrorKind::kConfig,
               fmt::format("can't load the ClickHouse engine: {}", why != nullptr ? why : path)
    )
        .WithHint(kHint);
  }
  auto lib = std::make_unique<Library>();
  if (const char* missing = FindAll(so, *lib)) {
    return Error(ErrorKind::kConfig, fmt::format("{} has no function {}: too old", path, missing))
        .WithHint(kHint);
  }
  return std::unique_ptr<const Library>(std::move(lib));
}

}  // namespace rowhouse::chserver
