#include "mysql/binary_query.h"

#include <fmt/format.h>
#include <mysql.h>

#include "mysql/error_map.h"

namespace rowhouse::mysql {

BinaryQuery::BinaryQuery(Connection& connection, std::string what)
    : connection_(connection), what_(std::move(what)) {}

Result<std::unique_ptr<BinaryQuery>> BinaryQuery::Open(
    Connection& connection, std::string_view sql
) {
  std::string what = fmt::format("on {}: {}", connection.where(), sql.substr(0, 160));
  std::unique_ptr<BinaryQuery> query(new BinaryQuery(connection, std::move(what)));
  ROWHOUSE_TRY(query->Execute(sql));
  query->reader_ = ROWHOUSE_TRY(PacketReader::Open(connection, query->what_));
  return query;
}

Error BinaryQuery::StatementError() const {
  const int native = static_cast<int>(mysql_stmt_errno(statement_));
  return MapError(native, mysql_stmt_error(statement_), what_);
}

Status BinaryQuery::Execute(std::string_view sql) {
  statement_ = mysql_stmt_init(connection_.handle());
  CHECK(statement_ != nullptr);
  if (mysql_stmt_prepare(statement_, sql.data(), sql.size()) != 0 ||
      mysql_stmt_execute(statement_) != 0) {
    finished_ = true;
    return StatementError();
  }
  MYSQL_RES* metadata = mysql_stmt_result_metadata(statement_);
  if (metadata == nullptr) {
    return StatementError();
  }
  const MYSQL_FIELD* fields = mysql_fetch_fields(metadata);
  for (unsigned i = 0; i < mysql_num_fields(metadata); ++i) {
    wire_types_.push_back(fields[i].type);
  }
  mysql_free_result(metadata);
  return Ok();
}

BinaryQuery::~BinaryQuery() {
  CloseStatement();
}

void BinaryQuery::CloseStatement() {
  if (statement_ == nullptr) {
    return;
  }
  // The rows were read past the library: it must not wait for them.
  connection_.handle()->status = MYSQL_STATUS_READY;
  mysql_stmt_close(statement_);
  statement_ = nullptr;
}

Result<std::optional<ByteView>> BinaryQuery::Next(Arena& arena) {
  constexpr uint8_t kError = 0xFF;
  constexpr uint8_t kEnd = 0xFE;
  if (finished_) {
    return std::optional<ByteView>();
  }
  const auto packet = ROWHOUSE_TRY(reader_->Next(arena, Deadline::After(kRowWait)));
  if (!packet.has_value()) {
    return Error(
        ErrorKind::kUnavailable, fmt::format("{}: no row for {} s", what_, kRowWait.count())
    );
  }
  // A row begins with 0x00.
  if (packet->empty() || (*packet)[0] == kError) {
    finished_ = true;
    CloseStatement();
    return ErrorOfPacket(*packet, what_);
  }
  if ((*packet)[0] == kEnd) {
    finished_ = true;
    CloseStatement();
    return std::optional<ByteView>();
  }
  return packet;
}

}  // namespace rowhouse::mysql
