#include "mysql/connection.h"

#include <algorithm>
#include <mutex>
#include <sys/socket.h>

#include <fmt/format.h>
#include <mysql.h>
#include <strings.h>

#include "mysql/error_map.h"

namespace rowhouse::mysql {

namespace {

uint32_t ParseVersion(std::string_view text) {
  uint32_t parts[3] = {0, 0, 0};
  size_t part = 0;
  for (char c : text) {
    if (c == '.' && part < 2) {
      ++part;
    } else if (c >= '0' && c <= '9') {
      parts[part] = parts[part] * 10 + static_cast<uint32_t>(c - '0');
    } else {
      break;
    }
  }
  return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

std::string Shorten(std::string_view sql) {
  constexpr size_t kMost = 160;
  return sql.size() <= kMost ? std::string(sql) : std::string(sql.substr(0, kMost)) + "...";
}

Rows TakeRows(MYSQL_RES* result) {
  Rows out;
  const unsigned columns = mysql_num_fields(result);
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < columns; ++i) {
    out.names.emplace_back(fields[i].name, fields[i].name_length);
  }
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    auto& values = out.rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      values.push_back(
          row[i] == nullptr ? std::nullopt : std::optional(std::string(row[i], lengths[i]))
      );
    }
  }
  return out;
}

}  // namespace

std::string Rows::First(std::string_view name) const {
  const std::string wanted(name);
  for (size_t i = 0; i < names.size() && !rows.empty(); ++i) {
    if (strcasecmp(names[i].c_str(), wanted.c_str()) == 0) {
      return rows[0][i].value_or("");
    }
  }
  return "";
}

std::string Rows::Value() const {
  return rows.empty() || rows[0].empty() ? "" : rows[0][0].value_or("");
}

Result<std::unique_ptr<Connection>> Connection::Open(
    const SourceOptions& options, seconds read_timeout
) {
  static std::once_flag once;
  std::call_once(once, [] { mysql_server_init(0, nullptr, nullptr); });
  std::unique_ptr<Connection> connection(new Connection());
  ROWHOUSE_TRY(connection->Login(options, read_timeout));
  return connection;
}

void Connection::SetTls(const SourceOptions& options) {
  const TlsOptions& tls = options.tls;
  if (tls.mode == TlsMode::kDisabled) {
    return;
  }
  // A Unix socket needs none; "preferred" is then met by it.
  const bool enforce = tls.mode != TlsMode::kPreferred;
  const bool by_socket = !options.socket.empty();
  if (by_socket && !enforce) {
    return;
  }
  const auto file = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
  const bool verify = tls.mode == TlsMode::kVerifyCa || tls.mode == TlsMode::kVerifyFull;
  mysql_ssl_set(
      handle_, file(tls.key), file(tls.cert), verify ? file(tls.ca) : nullptr, nullptr, nullptr
  );
  const my_bool on = 1;
  const my_bool check_name = tls.mode == TlsMode::kVerifyFull ? 1 : 0;
  if (enforce) {
    mysql_options(handle_, MYSQL_OPT_SSL_ENFORCE, &on);
  }
  mysql_options(handle_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &check_name);
}

Status Connection::Login(const SourceOptions& options, seconds read_timeout) {
  where_ = options.Where();
  handle_ = mysql_init(nullptr);
  CHECK(handle_ != nullptr);
  const auto rounded = std::chrono::ceil<seconds>(options.connect_timeout).count();
  const unsigned connect_s = static_cast<unsigned>(std::max<int64_t>(1, rounded));
  const unsigned read_s = static_cast<unsigned>(read_timeout.count());
  mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
  mysql_options(handle_, MYSQL_OPT_READ_TIMEOUT, &read_s);
  mysql_options(handle_, MYSQL_OPT_WRITE_TIMEOUT, &connect_s);
  mysql_options(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options4(handle_, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "rowhouse");
  const unsigned protocol = options.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_options(handle_, MYSQL_OPT_PROTOCOL, &protocol);
  SetTls(options);
  const bool by_socket = !options.socket.empty();
  const MYSQL* opened = mysql_real_connect(
      handle_,
      by_socket ? nullptr : options.host.c_str(),
      options.user.c_str(),
      options.password.c_str(),
      nullptr,
      by_socket ? 0 : options.port,
      by_socket ? options.socket.c_str() : nullptr,
      0
  );
  if (opened == nullptr) {
    return LastError(fmt::format("connecting to {} as '{}'", where_, options.user));
  }
  fd_ = static_cast<int>(mysql_get_socket(handle_));
  version_text_ = mysql_get_server_info(handle_);
  flavor_ = mariadb_connection(handle_) != 0 ? Flavor::kMariaDb : Flavor::kMySql;
  std::string_view version = version_text_;
  if (version.starts_with("5.5.5-")) {  // MariaDB's prefix for old clients
    version.remove_prefix(6);
  }
  version_ = ParseVersion(version);
  return Ok();
}

Connection::~Connection() {
  if (handle_ != nullptr) {
    mysql_close(handle_);
  }
}

Error Connection::LastError(std::string_view what) const {
  return MapError(static_cast<int>(mysql_errno(handle_)), mysql_error(handle_), what);
}

Result<Rows> Connection::Query(std::string_view sql) {
  const auto failed = [&] { return LastError(fmt::format("on {}: {}", where_, Shorten(sql))); };
  if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) {
    return failed();
  }
  MYSQL_RES* result = mysql_store_result(handle_);
  if (result == nullptr) {
    return mysql_errno(handle_) != 0 ? Result<Rows>(failed()) : Result<Rows>(Rows{});
  }
  Rows rows = TakeRows(result);
  mysql_free_result(result);
  return rows;
}

Status Connection::Execute(std::string_view sql) {
  ROWHOUSE_TRY(Query(sql));
  return Ok();
}

Result<std::string> Connection::Value(std::string_view sql) {
  const Rows rows = ROWHOUSE_TRY(Query(sql));
  return rows.Value();
}

Status Connection::SendCommand(
    int command, ByteView payload, Answer answer, std::string_view what
) {
  const char* bytes = reinterpret_cast<const char*>(payload.data());
  const my_bool skip_answer = answer == Answer::kNone ? 1 : 0;
  const auto code = static_cast<enum_server_command>(command);
  if (handle_->methods->db_command(handle_, code, bytes, payload.size(), skip_answer, nullptr) !=
      0) {
    return LastError(fmt::format("{} on {}", what, where_));
  }
  return Ok();
}

bool Connection::tls() const {
  return mysql_get_ssl_cipher(handle_) != nullptr;
}

void Connection::Shutdown() {
  usable_.store(false, std::memory_order_release);
  if (fd_ >= 0) {
    ::shutdown(fd_, SHUT_RDWR);
  }
}

std::string QuoteText(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    // A backslash means itself or an escape, by sql_mode: written as neither.
    if (c == '\\' || c == '\0') {
      out = "X'" + ToHex(AsBytes(text)) + "'";
      return "CONVERT(" + out + " USING utf8mb4)";
    }
    out += c;
    if (c == '\'') {
      out += c;
    }
  }
  return out + "'";
}

std::string QuoteName(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    out += c;
    if (c == '`') {
      out += c;
    }
  }
  return out + "`";
}

}  // namespace rowhouse::mysql
