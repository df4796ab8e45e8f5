#include "verify/canonical.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "clickhouse/client.h"
#include "mysql/charset.h"
#include "mysql/connection.h"

namespace rowhouse::verify {
namespace {

using Width = CanonicalColumn::Width;
using Look = CanonicalColumn::Look;

// `type` without Nullable and LowCardinality.
std::string BareType(std::string type) {
  for (const std::string_view wrap : {"LowCardinality(", "Nullable("}) {
    if (type.starts_with(wrap)) {
      type = type.substr(wrap.size(), type.size() - wrap.size() - 1);
    }
  }
  return type;
}

bool IsOneOf(std::string_view type, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts, [type](std::string_view s) { return type.starts_with(s); });
}

bool DeclaredHas(const Column& column, std::string_view word) {
  std::string text = column.declared;
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text.find(word) != std::string::npos;
}

// One pair of types on its way to a CanonicalColumn.
class Chooser {
 public:
  Chooser(const Column& column, const std::string& target, const std::string& type)
      : column_(column),
        type_(type),
        bare_(BareType(type)),
        m_(mysql::QuoteName(column.name)),
        c_(clickhouse::QuoteName(target)) {
    out_.name = column.name;
    out_.target = target;
    out_.may_be_null = column.nullable;
    out_.null_value = Cast("NULL");
    out_.back = Cast("$");
  }

  CanonicalChoice Choose() {
    const bool fits = Fill();
    if (!fits) {
      return {
          {},
          fmt::format(
              "{} in MySQL and {} in ClickHouse have no common form",
              column_.declared.empty() ? ColumnTypeName(column_.type) : column_.declared,
              type_
          )};
    }
    return {std::move(out_), {}};
  }

 private:
  std::string Cast(std::string_view sql) const { return fmt::format("CAST({} AS {})", sql, type_); }

  bool Fill() {
    switch (column_.type) {
      case ColumnType::kTinyInt:
      case ColumnType::kSmallInt:
      case ColumnType::kMediumInt:
      case ColumnType::kInt:
      case ColumnType::kBigInt:
      case ColumnType::kYear:
      case ColumnType::kBit:
        return Integer();
      case ColumnType::kDecimal:
        return Decimal();
      case ColumnType::kFloat:
      case ColumnType::kDouble:
        return Floating();
      case ColumnType::kDate:
        return Date();
      case ColumnType::kDateTime:
      case ColumnType::kTimestamp:
        return Instant();
      case ColumnType::kTime:
        return Time();
      case ColumnType::kChar:
      case ColumnType::kVarchar:
      case ColumnType::kEnum:
        return Text(Width::kText);
      case ColumnType::kText:
      case ColumnType::kJson:
        return Text(Width::kLarge);
      case ColumnType::kBinary:
      case ColumnType::kVarbinary:
        return Bytes(Width::kText);
      case ColumnType::kBlob:
        return Bytes(Width::kLarge);
      case ColumnType::kSet:
        return Set();
      case ColumnType::kGeometry:
        return Geometry();
      case ColumnType::kVector:
        return Vector();
      case ColumnType::kUuid:
      case ColumnType::kInet4:
      case ColumnType::kInet6:
        return Address();
      case ColumnType::kUnknown:
        return false;
    }
    return false;
  }

  // ZEROFILL, YEAR and BIT would come as padded text or bytes. CONCAT of others gives digits.
  bool Integer() {
    const bool padded = column_.type == ColumnType::kYear || column_.type == ColumnType::kBit ||
                        DeclaredHas(column_, "zerofill");
    out_.mysql = padded ? m_ + "+0" : m_;
    if (bare_ == "Bool") {
      out_.clickhouse = fmt::format("toString(toUInt8({}))", c_);
      out_.back = Cast("toUInt8($)");
      return true;
    }
    out_.clickhouse = fmt::format("toString({})", c_);
    return IsOneOf(bare_, {"Int", "UInt"});
  }

  bool Decimal() {
    out_.mysql = DeclaredHas(column_, "zerofill") ? m_ + "+0" : m_;
    out_.clickhouse = fmt::format("toDecimalString({}, {})", c_, column_.scale);
    return bare_ == fmt::format("Decimal({}, {})", column_.precision, column_.scale) ||
           bare_.ends_with(fmt::format(", {})", column_.scale));
  }

  // A point's binary form shows the eight bytes of a double, which no number function does.
  bool Floating() {
    out_.mysql = fmt::format("SUBSTR(ST_AsBinary(POINT({},0)),6,8)", m_);
    out_.clickhouse = fmt::format("reinterpretAsFixedString(toFloat64({}))", c_);
    out_.back = Cast("reinterpretAsFloat64($)");
    out_.look = Look::kDouble;
    return bare_ == "Float64" || (bare_ == "Float32" && column_.type == ColumnType::kFloat);
  }

  // Dates with zero parts are NULL in ClickHouse, or the column's default, or the epoch.
  void ZeroDates(std::string_view epoch) {
    const bool only_whole = column_.type == ColumnType::kTimestamp;
    const std::string zero =
        only_whole ? fmt::format("MONTH({})=0", m_)
                   : fmt::format("DAYOFMONTH({0})=0 OR MONTH({0})=0 OR YEAR({0})=0", m_);
    std::string instead = "NULL";
    if (!column_.nullable) {
      out_.zero_reads_as = epoch;
      const auto& preset = column_.default_value;
      if (preset && !preset->is_expression && preset->text.size() >= 10 &&
          preset->text.find("00-00") == std::string::npos) {
        std::string text = preset->text.substr(0, epoch.size());
        text += epoch.substr(text.size());
        out_.zero_reads_as = text;
      }
      instead = mysql::QuoteText(out_.zero_reads_as);
    }
    out_.mysql = fmt::format("IF({},{},{})", zero, instead, m_);
    out_.look = Look::kQuoted;
  }

  // Reading a Date32 from text clamps it, so it comes by way of DateTime64.
  bool Date() {
    ZeroDates("1970-01-01");
    out_.clickhouse = fmt::format("toString({})", c_);
    out_.back = Cast(
        "addDays(toDate32('1970-01-01'), toInt64(floor(toUnixTimestamp64Milli("
        "parseDateTime64BestEffort(concat($, 'T00:00:00Z'), 3, 'UTC')) / 86400000)))"
    );
    return bare_ == "Date32";
  }

  bool Instant() {
    const std::string epoch = "1970-01-01 00:00:00.000000";
    ZeroDates(epoch.substr(0, column_.fsp == 0 ? 19 : 20U + column_.fsp));
    out_.clickhouse = fmt::format("toString({})", c_);
    out_.back = Cast("parseDateTime64BestEffort(concat(replaceOne($, ' ', 'T'), 'Z'), 6, 'UTC')");
    return bare_ == fmt::format("DateTime64({}, 'UTC')", column_.fsp);
  }

  bool Time() {
    out_.look = Look::kQuoted;
    out_.mysql = m_;
    out_.clickhouse = fmt::format("toString({})", c_);
    if (bare_ == "Int64") {  // microseconds, where the server has no Time64
      out_.mysql = fmt::format(
          "CAST(TIME_TO_SEC({0}) AS SIGNED)*1000000+IF({0}<0,-1,1)*MICROSECOND({0})", m_
      );
      return true;
    }
    return bare_ == fmt::format("Time64({})", column_.fsp);
  }

  // In UTF-8, as ClickHouse has it.
  std::string Utf8() const {
    const mysql::Charset* charset = mysql::CharsetOfCollation(column_.collation);
    const bool is_utf8 = column_.collation != 0 && charset != nullptr &&
                         (charset->utf8() || charset->name == "ascii");
    return is_utf8 ? m_ : fmt::format("CONVERT({} USING utf8mb4)", m_);
  }

  bool Text(Width width) {
    out_.width = width;
    out_.look = Look::kText;
    out_.mysql = Utf8();
    out_.clickhouse = fmt::format("toString({})", c_);
    return bare_ == "String";
  }

  bool Bytes(Width width) {
    out_.width = width;
    out_.look = Look::kBytes;
    out_.mysql = m_;
    out_.clickhouse = c_;
    return bare_ == "String";
  }

  bool Set() {
    out_.width = Width::kText;
    out_.look = Look::kText;
    out_.mysql = Utf8();
    const std::string joined = fmt::format("arrayStringConcat({}, ',')", c_);
    const bool holds_null = type_.find("Nullable(") != std::string::npos;
    out_.clickhouse = holds_null ? fmt::format("if({} = [NULL], NULL, {})", c_, joined) : joined;
    out_.back = Cast("if(empty($), [], splitByChar(',', $))");
    out_.null_value = Cast("[NULL]");
    return type_.starts_with("Array(");
  }

  // MySQL keeps the SRID in four bytes before the WKB; ClickHouse in a column of its own.
  bool Geometry() {
    out_.width = Width::kLarge;
    out_.look = Look::kBytes;
    out_.mysql = fmt::format("CONCAT(ST_SRID({0}),' ',SUBSTR(CAST({0} AS BINARY),5))", m_);
    out_.second_target = out_.target + "_srid";
    out_.clickhouse = fmt::format(
        "concat(toString(ifNull({}, 0)), ' ', {})", clickhouse::QuoteName(out_.second_target), c_
    );
    out_.back = Cast("substring($, position($, ' ') + 1)");
    out_.second_back =
        "CAST(nullIf(toInt32(substring($, 1, toUInt64(position($, ' ') - 1))), 0) AS "
        "Nullable(Int32))";
    return bare_ == "String";
  }

  bool Vector() {
    out_.width = Width::kLarge;
    out_.look = Look::kText;
    out_.mysql = fmt::format("HEX({})", m_);
    out_.clickhouse =
        fmt::format("if(empty({0}), NULL, arrayStringConcat(arrayMap(x -> hex(x), {0})))", c_);
    out_.back = Cast(
        "arrayMap(i -> reinterpretAsFloat32(unhex(substring($, i * 8 + 1, 8))), "
        "range(intDiv(length($), 8)))"
    );
    out_.null_value = Cast("[]");
    return type_ == "Array(Float32)";
  }

  bool Address() {
    out_.look = Look::kQuoted;
    // As text: IFNULL would make '~' an address too.
    out_.mysql = fmt::format("CONCAT({})", m_);
    out_.clickhouse = fmt::format("toString({})", c_);
    if (column_.type == ColumnType::kInet6) {  // the servers write them differently
      out_.look = Look::kAddress;
      out_.mysql = fmt::format("HEX(CAST({} AS BINARY(16)))", m_);
      out_.clickhouse = fmt::format("hex(IPv6StringToNum(toString({})))", c_);
      out_.back = Cast("CAST(toFixedString(unhex($), 16) AS IPv6)");
      return bare_ == "IPv6";
    }
    return bare_ == (column_.type == ColumnType::kUuid ? "UUID" : "IPv4");
  }

  const Column& column_;
  const std::string type_;
  const std::string bare_;
  const std::string m_;
  const std::string c_;
  CanonicalColumn out_;
};

double DoubleOf(std::string_view bytes) {
  double value = 0;
  if (bytes.size() == sizeof(value)) {
    std::memcpy(&value, bytes.data(), sizeof(value));
  }
  return value;
}

// Why the column's values are not the source's any more; empty: they are.
std::string LossOf(const std::vector<types::ClickHouseColumn>& columns, size_t source) {
  const auto lossy = std::ranges::find_if(columns, [source](const auto& column) {
    return column.source == source && column.lossy;
  });
  return lossy == columns.end() ? "" : lossy->lossy_reason;
}

CanonicalChoice ChooseFor(
    const TableSchema& table,
    size_t index,
    const std::vector<clickhouse::DataColumn>& data,
    const std::vector<types::ClickHouseColumn>& columns
) {
  const Column& column = table.columns[index];
  const auto target = std::ranges::find(data, column.name, &clickhouse::DataColumn::shown_as);
  if (target == data.end() || !target->in_current) {
    return {{}, "not captured: the configuration leaves it out"};
  }
  if (std::string loss = LossOf(columns, index); !loss.empty()) {
    return {{}, std::move(loss)};
  }
  return MakeCanonicalColumn(column, target->name, target->type);
}

}  // namespace

CanonicalChoice MakeCanonicalColumn(
    const Column& column, const std::string& target, const std::string& type
) {
  return Chooser(column, target, type).Choose();
}

Result<CanonicalTable> MakeCanonical(
    const TableSchema& table,
    const std::vector<clickhouse::DataColumn>& data,
    const std::vector<types::ClickHouseColumn>& columns
) {
  CanonicalTable out;
  std::vector<size_t> place(table.columns.size(), SIZE_MAX);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    CanonicalChoice choice = ChooseFor(table, i, data, columns);
    if (choice.ok()) {
      place[i] = out.columns.size();
      out.columns.push_back(std::move(choice.column));
    } else {
      const bool there =
          std::ranges::find(data, table.columns[i].name, &clickhouse::DataColumn::shown_as) !=
          data.end();
      out.left_out.push_back({table.columns[i].name, std::move(choice.reason), there});
    }
  }
  for (const uint32_t index : table.primary_key) {
    if (place[index] == SIZE_MAX) {
      const auto why =
          std::ranges::find(out.left_out, table.columns[index].name, &ColumnLeftOut::name);
      return Error(
          ErrorKind::kUnsupported,
          fmt::format(
              "table {}: its key column {} can't be compared: {}",
              table.id.ToString(),
              table.columns[index].name,
              why->reason
          )
      );
    }
    out.key.push_back(place[index]);
  }
  return out;
}

std::string FromHexDigits(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1]));
  }
  return bytes;
}

std::string MySqlLiteral(const CanonicalColumn& column, std::string_view bytes) {
  switch (column.look) {
    case Look::kNumber:
      return std::string(bytes);
    case Look::kText:
      return "_utf8mb4 X'" + ToHex(AsBytes(bytes)) + "'";
    case Look::kBytes:
      return "X'" + ToHex(AsBytes(bytes)) + "'";
    case Look::kDouble:
      return fmt::format("{:.16e}", DoubleOf(bytes));
    case Look::kQuoted:
      return mysql::QuoteText(bytes);
    case Look::kAddress:
      return fmt::format("CAST(X'{}' AS INET6)", bytes);
  }
  return "NULL";
}

std::string Shown(const CanonicalColumn& column, std::string_view bytes) {
  if (column.look == Look::kDouble) {
    return fmt::format("{}", DoubleOf(bytes));
  }
  if (column.look == Look::kAddress) {
    const std::string address = FromHexDigits(bytes);
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool whole = address.size() == sizeof(in6_addr);
    return whole && inet_ntop(AF_INET6, address.data(), text.data(), text.size()) != nullptr
               ? std::string(text.data())
               : std::string(bytes);
  }
  if (column.look == Look::kBytes || !mysql::IsUtf8(AsBytes(bytes))) {
    return "0x" + ToHex(AsBytes(bytes));
  }
  return std::string(bytes);
}

}  // namespace rowhouse::verify
