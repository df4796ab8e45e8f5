#include "clickhouse/range_check.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "clickhouse/client.h"
#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

// Bytes of a value; 0: they begin with their number.
size_t WidthOf(const Lane& lane) {
  switch (lane.kind) {
    case LaneKind::kInteger:
    case LaneKind::kDecimal:
      return lane.width;
    case LaneKind::kFloat32:
    case LaneKind::kDays:
      return 4;
    case LaneKind::kFloat64:
    case LaneKind::kDateTime:
    case LaneKind::kSrid:
      return 8;
    case LaneKind::kText:
    case LaneKind::kFloats:
      break;
  }
  return 0;
}

bool IsUnsigned(const Lane& lane) {
  return lane.type.starts_with("UInt");
}

bool IsWholeNumber(const Lane& lane) {
  return lane.as_it_is && lane.kind == LaneKind::kInteger && lane.type.find("Int") <= 1;
}

// One value as its bytes; a text's with their number before them.
struct Field {
  std::string_view bytes;
  bool is_null = false;

  friend bool operator==(const Field&, const Field&) = default;
};

// A whole number's bytes, as a number in the order of the column's.
uint64_t Ordinal(const Field& field, bool is_unsigned) {
  uint64_t number = 0;
  std::memcpy(&number, field.bytes.data(), std::min(field.bytes.size(), sizeof number));
  if (is_unsigned) {
    return number;
  }
  const size_t spare = 64 - 8 * field.bytes.size();
  const auto extended = static_cast<int64_t>(number << spare) >> spare;
  return static_cast<uint64_t>(extended) ^ uint64_t { 1 } << 63;
}

// Takes values off the front of bytes that hold one after the other.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }

  // Nullopt: the bytes end before the value does.
  std::optional<std::string_view> Take(size_t width) {
    const std::optional<size_t> size = width == 0 ? TextSize() : width;
    if (!size || *size > left_.size()) {
      return std::nullopt;
    }
    const std::string_view bytes = left_.substr(0, *size);
    left_.remove_prefix(*size);
    return bytes;
  }

 private:
  std::optional<size_t> TextSize() const {
    uint64_t size = 0;
    for (size_t at = 0, shift = 0; at < left_.size() && shift < 64; ++at, shift += 7) {
      const auto byte = static_cast<uint8_t>(left_[at]);
      size |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        return size <= left_.size() ? std::optional(at + 1 + size) : std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::string_view left_;
};

// A block's rows, one after the other.
class BlockRows {
 public:
  BlockRows(const RowBlock& block, const std::vector<Lane>& lanes, const std::vector<size_t>& order)
      : block_(block), lanes_(lanes), order_(order), fields(order.size()) {
    for (const size_t lane : order) {
      data_.emplace_back(block.Values(lane).data);
    }
  }

  void Next() {
    for (size_t i = 0; i < order_.size(); ++i) {
      const RowBlock::ValueBytes values = block_.Values(order_[i]);
      fields[i].bytes = *data_[i].Take(WidthOf(lanes_[order_[i]]));  // NULL has bytes too
      fields[i].is_null = !values.nulls.empty() && values.nulls[row_] != 0;
      fields[i].bytes = fields[i].is_null ? std::string_view() : fields[i].bytes;
    }
    ++row_;
  }

 private:
  const RowBlock& block_;
  const std::vector<Lane>& lanes_;
  const std::vector<size_t>& order_;
  std::vector<Taker> data_;
  size_t row_ = 0;

 public:
  std::vector<Field> fields;
};

// The rows of an answer, whose columns may be NULL unless they are the key's.
class AnswerRows {
 public:
  AnswerRows(
      std::string_view answer,
      const std::vector<Lane>& lanes,
      const std::vector<size_t>& order,
      size_t keys
  )
      : left_(answer), lanes_(lanes), order_(order), keys_(keys), fields(order.size()) {}

  // False at the end.
  Result<bool> Next() {
    if (left_.empty()) {
      return false;
    }
    for (size_t i = 0; i < order_.size(); ++i) {
      const auto mark = i < keys_ ? std::string_view("\0", 1) : left_.Take(1);
      fields[i] = {{}, mark && (*mark)[0] != 0};
      const auto bytes = !mark               ? std::nullopt
                         : fields[i].is_null ? std::optional(std::string_view())
                                             : left_.Take(WidthOf(lanes_[order_[i]]));
      if (!bytes) {
        return Error(
            ErrorKind::kInternal,
            fmt::format("ClickHouse's answer ends within row {} of a range", rows + 1)
        );
      }
      fields[i].bytes = *bytes;
    }
    ++rows;
    return true;
  }

 private:
  Taker left_;
  const std::vector<Lane>& lanes_;
  const std::vector<size_t>& order_;
  const size_t keys_;

 public:
  std::vector<Field> fields;
  uint64_t rows = 0;
};

}  // namespace

std::optional<RangeCheck> RangeCheck::Of(const DirectTable& table, const std::vector<Lane>& lanes) {
  RangeCheck check(table, lanes);
  for (size_t key = 0; key < table.key.size(); ++key) {
    const auto lane = std::find_if(lanes.begin(), lanes.end(), [&](const Lane& other) {
      return other.name == table.key_lanes[key].name;
    });
    if (lane == lanes.end() || !IsWholeNumber(*lane)) {
      return std::nullopt;
    }
    check.order_.push_back(static_cast<size_t>(lane - lanes.begin()));
    check.names_.push_back(QuoteName(table.key[key]));
  }
  for (size_t i = 0; i < lanes.size(); ++i) {
    if (std::find(check.order_.begin(), check.order_.end(), i) != check.order_.end()) {
      continue;
    }
    const auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](auto& other) {
      return other.lane.name == lanes[i].name;
    });
    if (!lanes[i].as_it_is || lanes[i].kind == LaneKind::kFloats || column == table.columns.end()) {
      return std::nullopt;
    }
    check.order_.push_back(i);
    check.names_.push_back(
        fmt::format("CAST({} AS {})", QuoteName(column->name), WithNull(lanes[i].type))
    );
  }
  return table.key.empty() ? std::nullopt : std::optional(std::move(check));
}

std::string RangeCheck::KeyNumber(const RowBlock& block, size_t row, size_t key) const {
  const Lane& lane = lanes_[order_[key]];
  const Field field{block.Values(order_[key]).data.substr(row * lane.width, lane.width)};
  const uint64_t ordinal = Ordinal(field, IsUnsigned(lane));
  return IsUnsigned(lane) ? std::to_string(ordinal)
                          : std::to_string(static_cast<int64_t>(ordinal ^ uint64_t{1} << 63));
}

// "`a` > 1 OR (`a` = 1 AND `b` >= 2)"
std::string RangeCheck::Bound(const RowBlock& block, size_t row, std::string_view compare) const {
  std::string bound;
  std::string equal;
  for (size_t key = 0; key < table_.key.size(); ++key) {
    const std::string number = KeyNumber(block, row, key);
    const std::string_view or_equal = key + 1 == table_.key.size() ? "=" : "";
    bound += fmt::format(
        "{}({}{} {}{} {})", key == 0 ? "" : " OR ", equal, names_[key], compare, or_equal, number
    );
    equal += fmt::format("{} = {} AND ", names_[key], number);
  }
  return bound;
}

std::string RangeCheck::Sql(const RowBlock& block, uint64_t rows_max) const {
  const size_t last = block.rows() - 1;
  std::string keys;
  for (size_t key = 0; key < table_.key.size(); ++key) {
    keys += (keys.empty() ? "" : ", ") + names_[key];
  }
  return fmt::format(
      "SELECT {} FROM {} FINAL WHERE {} BETWEEN {} AND {} AND ({}) AND ({}) AND _version > (SELECT "
      "max(version) FROM {}) ORDER BY {} LIMIT {} FORMAT RowBinary",
      fmt::join(names_, ", "),
      table_.current,
      names_[0],
      KeyNumber(block, 0, 0),
      KeyNumber(block, last, 0),
      Bound(block, 0, ">"),
      Bound(block, last, "<"),
      table_.marks,
      keys,
      rows_max
  );
}

Result<std::optional<std::vector<uint32_t>>> RangeCheck::Others(
    const RowBlock& block, std::string_view answer, uint64_t rows_max
) const {
  const size_t keys = table_.key.size();
  BlockRows ours(block, lanes_, order_);
  AnswerRows theirs(answer, lanes_, order_, keys);
  // How their row's key lies to ours: below, the same, above.
  const auto compare = [&] {
    for (size_t key = 0; key < keys; ++key) {
      const bool is_unsigned = IsUnsigned(lanes_[order_[key]]);
      const uint64_t their = Ordinal(theirs.fields[key], is_unsigned);
      const uint64_t our = Ordinal(ours.fields[key], is_unsigned);
      if (their != our) {
        return their < our ? -1 : 1;
      }
    }
    return 0;
  };
  std::vector<uint32_t> others;
  bool more = ROWHOUSE_TRY(theirs.Next());
  for (uint32_t row = 0; row < block.rows(); ++row) {
    ours.Next();
    while (more && compare() < 0) {
      more = ROWHOUSE_TRY(theirs.Next());
    }
    if (!more || ours.fields != theirs.fields) {
      others.push_back(row);
    }
  }
  while (more) {
    more = ROWHOUSE_TRY(theirs.Next());
  }
  return theirs.rows >= rows_max ? std::optional<std::vector<uint32_t>>() : std::move(others);
}

}  // namespace rowhouse::clickhouse
