#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/table.h"
#include "mysql/flavor.h"
#include "mysql/row_image.h"

namespace rowhouse::mysql {

// What is known of one table as one TABLE_MAP showed it.
struct TableShape {
  std::string bytes;  // of the event, after table id and flags
  TableId id;
  TableSchemaPtr schema;            // null: not captured, or it can't be followed
  std::optional<RowImage> image;    // with schema
  std::optional<size_t> row_end;    // of a system-versioned table: the column that ends the period
  std::optional<Error> why_parked;  // captured, but can't be followed
  bool partial_image_told = false;
  uint64_t in_batch = 0;  // the decoder's count of the batch that shares `schema`

  bool followed() const { return schema != nullptr; }
};

// The shapes of the tables a stream has shown, found by table id and by bytes.
//
// A table id means something only until its statement ends, and servers give it anew;
// so it is trusted only together with the event's bytes, which say all that a shape is.
//
// Owns:    every shape, at most `shapes_max`; then all are forgotten at a statement's end.
// Threads: one owner.
class TableShapes {
 public:
  using Wanted = std::function<bool(const TableId&)>;
  using Complete = std::function<Result<TableSchemaPtr>(TableSchema)>;

  TableShapes(Flavor flavor, Wanted wanted, Complete complete, size_t shapes_max)
      : flavor_(flavor),
        wanted_(std::move(wanted)),
        complete_(std::move(complete)),
        shapes_max_(shapes_max) {}

  // A shape, and whether this is the first sight of it.
  struct Seen {
    TableShape* shape;
    bool is_new;
  };

  // A TABLE_MAP's body. Errors end the stream: damaged bytes, or `complete` failed.
  Result<Seen> Map(ByteView body);

  // The shape that the running statement mapped to `table_id`; null: none.
  TableShape* Find(uint64_t table_id) const;

  void EndStatement();

  // Forgets the captured tables whose name is in `ddl`, so that `complete` is asked again.
  void Forget(std::string_view ddl);

  size_t size() const { return by_bytes_.size(); }

 private:
  Result<std::unique_ptr<TableShape>> Make(ByteView bytes) const;
  Status Fill(const TableMapHead& head, TableShape& shape) const;

  const Flavor flavor_;
  const Wanted wanted_;
  const Complete complete_;
  const size_t shapes_max_;

  std::unordered_map<std::string_view, std::unique_ptr<TableShape>> by_bytes_;  // key: its bytes
  std::unordered_map<uint64_t, TableShape*> by_id_;     // a guess, proved by the bytes
  std::vector<std::pair<uint64_t, TableShape*>> live_;  // of the running statement
};

}  // namespace rowhouse::mysql
