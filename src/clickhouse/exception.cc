#include "clickhouse/exception.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <fmt/format.h>

namespace rowhouse::clickhouse {
namespace {

struct Row {
  int code;
  ErrorKind kind;
};

constexpr auto kRows = std::to_array<Row>({
    {192, ErrorKind::kAuth},           // UNKNOWN_USER
    {193, ErrorKind::kAuth},           // WRONG_PASSWORD
    {194, ErrorKind::kAuth},           // REQUIRED_PASSWORD
    {497, ErrorKind::kAuth},           // ACCESS_DENIED
    {516, ErrorKind::kAuth},           // AUTHENTICATION_FAILED
    {60, ErrorKind::kNotFound},        // UNKNOWN_TABLE
    {81, ErrorKind::kNotFound},        // UNKNOWN_DATABASE
    {8, ErrorKind::kSchemaChanged},    // THERE_IS_NO_COLUMN
    {10, ErrorKind::kSchemaChanged},   // NOT_FOUND_COLUMN_IN_BLOCK
    {16, ErrorKind::kSchemaChanged},   // NO_SUCH_COLUMN_IN_TABLE
    {20, ErrorKind::kSchemaChanged},   // NUMBER_OF_COLUMNS_DOESNT_MATCH
    {53, ErrorKind::kSchemaChanged},   // TYPE_MISMATCH
    {122, ErrorKind::kSchemaChanged},  // INCOMPATIBLE_COLUMNS
    {6, ErrorKind::kBadRecord},        // CANNOT_PARSE_TEXT
    {26, ErrorKind::kBadRecord},       // CANNOT_PARSE_QUOTED_STRING
    {27, ErrorKind::kBadRecord},       // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    {33, ErrorKind::kBadRecord},       // CANNOT_READ_ALL_DATA
    {38, ErrorKind::kBadRecord},       // CANNOT_PARSE_DATE
    {41, ErrorKind::kBadRecord},       // CANNOT_PARSE_DATETIME
    {72, ErrorKind::kBadRecord},       // CANNOT_PARSE_NUMBER
    {117, ErrorKind::kBadRecord},      // INCORRECT_DATA
    {56, ErrorKind::kConfig},          // UNKNOWN_STORAGE
    {115, ErrorKind::kConfig},         // UNKNOWN_SETTING
    {164, ErrorKind::kConfig},         // READONLY
    {48, ErrorKind::kUnsupported},     // NOT_IMPLEMENTED
    {44, ErrorKind::kUnsupported},     // ILLEGAL_COLUMN: a type that can't be in a sorting key
    {50, ErrorKind::kUnsupported},     // UNKNOWN_TYPE
    {159, ErrorKind::kUnavailable},    // TIMEOUT_EXCEEDED
    {202, ErrorKind::kUnavailable},    // TOO_MANY_SIMULTANEOUS_QUERIES
    {209, ErrorKind::kUnavailable},    // SOCKET_TIMEOUT
    {210, ErrorKind::kUnavailable},    // NETWORK_ERROR
    {225, ErrorKind::kUnavailable},    // NO_ZOOKEEPER
    {236, ErrorKind::kUnavailable},    // ABORTED
    {241, ErrorKind::kUnavailable},    // MEMORY_LIMIT_EXCEEDED
    {242, ErrorKind::kUnavailable},    // TABLE_IS_READ_ONLY
    {243, ErrorKind::kUnavailable},    // NOT_ENOUGH_SPACE
    {252, ErrorKind::kUnavailable},    // TOO_MANY_PARTS
    {279, ErrorKind::kUnavailable},    // ALL_CONNECTION_TRIES_FAILED
    {319, ErrorKind::kUnavailable},    // UNKNOWN_STATUS_OF_INSERT
    {439, ErrorKind::kUnavailable},    // CANNOT_SCHEDULE_TASK
    {473, ErrorKind::kUnavailable},    // DEADLOCK_AVOIDED
    {999, ErrorKind::kUnavailable},    // KEEPER_EXCEPTION
});

ErrorKind KindOfStatus(int status) {
  if (status == 401 || status == 403) {
    return ErrorKind::kAuth;
  }
  return status == 404 ? ErrorKind::kConfig : ErrorKind::kUnavailable;
}

std::string FirstLine(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  const size_t version = text.rfind(" (version ");
  return std::string(text.substr(0, version));
}

}  // namespace

ErrorKind KindOfException(int code) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.code == code; });
  return row == kRows.end() ? ErrorKind::kInternal : row->kind;
}

int ExceptionCode(std::string_view text) {
  constexpr std::string_view kCode = "Code: ";
  int code = 0;
  const size_t at = text.find(kCode);
  if (at != std::string_view::npos) {
    const std::string_view number = text.substr(at + kCode.size());
    std::from_chars(number.data(), number.data() + number.size(), code);
  }
  return code;
}

Error ExceptionOf(int http_status, std::string_view body) {
  const int code = ExceptionCode(body);
  if (code == 0) {
    return Error(
               KindOfStatus(http_status),
               fmt::format(
                   "answer {} without a ClickHouse exception: {}", http_status, FirstLine(body)
               )
    )
        .WithNative(http_status);
  }
  return Error(KindOfException(code), FirstLine(body)).WithNative(code);
}

}  // namespace rowhouse::clickhouse
