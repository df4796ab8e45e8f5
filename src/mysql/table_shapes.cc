#include "mysql/table_shapes.h"

#include <algorithm>

#include <fmt/format.h>

#include "mysql/query_text.h"
#include "mysql/row_period.h"

namespace rowhouse::mysql {

Result<TableShapes::Seen> TableShapes::Map(ByteView body) {
  ByteCursor in(body);
  const uint64_t table_id = in.U48();
  in.Skip(2);  // flags
  if (!in.ok()) {
    return Error(ErrorKind::kBadRecord, "its bytes end too early");
  }
  const std::string_view bytes = AsText(in.Bytes(in.left()));
  const auto guess = by_id_.find(table_id);
  if (guess != by_id_.end() && guess->second->bytes == bytes) [[likely]] {
    live_.emplace_back(table_id, guess->second);
    return Seen{guess->second, false};
  }
  const auto known = by_bytes_.find(bytes);
  TableShape* shape = nullptr;
  const bool is_new = known == by_bytes_.end();
  if (is_new) {
    auto made = ROWHOUSE_TRY(Make(AsBytes(bytes)));
    shape = made.get();
    by_bytes_.emplace(std::string_view(shape->bytes), std::move(made));
  } else {
    shape = known->second.get();
  }
  by_id_[table_id] = shape;
  live_.emplace_back(table_id, shape);
  return Seen{shape, is_new};
}

TableShape* TableShapes::Find(uint64_t table_id) const {
  // The last map of an id counts; a statement has few.
  for (auto it = live_.rbegin(); it != live_.rend(); ++it) {
    if (it->first == table_id) {
      return it->second;
    }
  }
  return nullptr;
}

void TableShapes::EndStatement() {
  live_.clear();
  if (by_bytes_.size() > shapes_max_ || by_id_.size() > 2 * shapes_max_) [[unlikely]] {
    by_id_.clear();
    by_bytes_.clear();
  }
}

void TableShapes::Forget(std::string_view ddl) {
  live_.clear();
  const auto named = [&](const TableShape& s) {
    return (s.followed() || s.why_parked.has_value()) && MentionsName(ddl, s.id.table);
  };
  std::erase_if(by_id_, [&](const auto& entry) { return named(*entry.second); });
  std::erase_if(by_bytes_, [&](const auto& entry) { return named(*entry.second); });
}

Result<std::unique_ptr<TableShape>> TableShapes::Make(ByteView bytes) const {
  auto shape = std::make_unique<TableShape>();
  const TableMapHead head = ROWHOUSE_TRY(TableMapHead::Parse(bytes));
  shape->bytes = AsText(bytes);
  shape->id = {std::string(head.db), std::string(head.table)};
  if (!wanted_ || !wanted_(shape->id)) {
    return shape;
  }
  Status filled = Fill(head, *shape);
  if (filled.has_value()) {
    return shape;
  }
  Error error = std::move(filled).error().Context("table " + shape->id.ToString());
  if (error.kind() != ErrorKind::kUnsupported) {
    return error;
  }
  shape->schema = nullptr;
  shape->why_parked = std::move(error);
  return shape;
}

Status TableShapes::Fill(const TableMapHead& head, TableShape& shape) const {
  TableMap map = ROWHOUSE_TRY(TableMap::Parse(head, flavor_));
  if (flavor_ == Flavor::kMariaDb && IsSequence(map.schema)) {
    return Ok();  // not followed
  }
  if (complete_) {
    shape.schema = ROWHOUSE_TRY(complete_(std::move(map.schema)));
  } else {
    shape.schema = std::make_shared<const TableSchema>(std::move(map.schema));
  }
  if (shape.schema == nullptr || shape.schema->columns.size() != map.wire.size()) {
    return Error(ErrorKind::kInternal, "completing its schema changed the number of columns");
  }
  shape.row_end = RowEndColumn(*shape.schema);
  shape.image = ROWHOUSE_TRY(RowImage::Make(map.wire, *shape.schema));
  return Ok();
}

}  // namespace rowhouse::mysql
