#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace rowhouse::chserver {

// The functions of libchdb that we call, by address.
//
// The library is half a gigabyte and comes without a header, so the binary
// neither links nor needs it: it is loaded from a configured path, and the
// few functions used are declared here. Handles are opaque.
//
// Place:   one a process, owned by Engine; never unloaded (its threads live on).
// Threads: constant after Load().
struct Library {
  using Handle = void*;
  using Names = const char* const*;
  using Lengths = const size_t*;

  Handle* (*connect)(int argc, char** argv) = nullptr;
  void (*close)(Handle* connection) = nullptr;
  void (*set_signal_handlers)(int enabled) = nullptr;
  int (*shutdown)() = nullptr;

  // clang-format off
  Handle (*query)(Handle, const char* sql, size_t, const char* format, size_t, Names, Lengths, Names values, Lengths, size_t params) = nullptr;
  Handle (*stream)(Handle, const char* sql, size_t, const char* format, size_t, Names, Lengths, Names values, Lengths, size_t params) = nullptr;
  Handle (*insert)(Handle, const char* sql, size_t, const char* format, size_t, Names, Lengths, Names values, Lengths, size_t params) = nullptr;
  // clang-format on

  Handle (*fetch)(Handle connection, Handle stream) = nullptr;
  void (*cancel)(Handle connection, Handle stream) = nullptr;

  int (*append)(Handle insert, const void* data, size_t size) = nullptr;
  Handle (*done)(Handle insert) = nullptr;
  void (*cancel_insert)(Handle insert) = nullptr;
  const char* (*insert_error)(Handle insert) = nullptr;
  void (*destroy_insert)(Handle insert) = nullptr;

  char* (*buffer)(Handle result) = nullptr;
  size_t (*length)(Handle result) = nullptr;
  const char* (*error)(Handle result) = nullptr;
  uint64_t (*rows)(Handle result) = nullptr;
  uint64_t (*rows_read)(Handle result) = nullptr;
  uint64_t (*bytes_read)(Handle result) = nullptr;
  uint64_t (*rows_written)(Handle result) = nullptr;
  uint64_t (*bytes_written)(Handle result) = nullptr;
  void (*destroy)(Handle result) = nullptr;

  // kConfig: the file is not there, is no libchdb, or lacks a function (too old).
  static Result<std::unique_ptr<const Library>> Load(const std::string& path);
};

}  // namespace rowhouse::chserver
