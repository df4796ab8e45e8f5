// Any row bytes for a table of every type: the first event of the input is its TABLE_MAP's body,
// the second the rows.
#include "mysql/row_image.h"

#include "fuzz/stream_input.h"
#include "fuzz/target.h"
#include "mysql/table_map.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  ByteCursor in({data, size});
  const auto flavor = (in.U8() & 1) != 0 ? mysql::Flavor::kMariaDb : mysql::Flavor::kMySql;
  const ByteView shape = in.Bytes(in.U16());
  if (!in.ok()) {
    return 0;
  }
  const auto head = mysql::TableMapHead::Parse(shape);
  if (!head.has_value()) {
    return 0;
  }
  const auto map = mysql::TableMap::Parse(*head, flavor);
  if (!map.has_value()) {
    return 0;
  }
  auto image = mysql::RowImage::Make(map->wire, map->schema);
  if (!image.has_value()) {
    return 0;
  }
  const auto table = std::make_shared<const TableSchema>(map->schema);
  ChangeBatch batch;
  const ByteView bitmap = in.Bytes(image->bitmap_bytes());
  if (!in.ok()) {
    return 0;
  }
  const auto present = image->PresentColumns(bitmap);
  constexpr size_t kRowsMax = 1000;  // a row of no columns takes no bytes
  while (!in.done() && batch.changes.size() < kRowsMax) {
    const ByteCursor began = in;
    const Cell* row = image->Decode(in, present, batch.arena);
    if (row == nullptr) {
      fuzz::Use(image->Explain(began, present, *table).message().size());
      break;
    }
    Change& change = batch.changes.emplace_back();
    change.table = table.get();
    change.after = row;
  }
  fuzz::Use(fuzz::TouchCells(batch));
  return 0;
}

}  // namespace rowhouse
