#include "browse/look.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::browse {

namespace {

constexpr int64_t kFirstStep = 32;  // back, for the record before
constexpr int64_t kStepGrowth = 16;
constexpr size_t kBatch = 64;

// Keeps the record at an offset, and the offsets beside it.
class Catch : public kafka::StreamEvents {
 public:
  Catch(int64_t wanted, PartReader& reader) : wanted_(wanted), reader_(reader) {}

  void OnRecord(const kafka::RecordRef& record) override {
    if (record.offset < wanted_) {
      neighbours.previous = record.offset;
    } else if (record.offset == wanted_) {
      if (!look) {
        look.emplace();
        look->message = MakeMessage(record, reader_);
        look->key = Copy(record.key);
        look->value = Copy(record.value);
      }
    } else if (!done) {
      neighbours.next = record.offset;
      done = true;
    }
  }

  void OnEnd(int32_t /*partition*/, int64_t /*offset*/) override { done = true; }

  Neighbours neighbours;
  std::optional<Look> look;
  bool done = false;

 private:
  static std::optional<std::string> Copy(const std::optional<std::string_view>& part) {
    return part ? std::optional<std::string>(*part) : std::nullopt;
  }

  const int64_t wanted_;
  PartReader& reader_;
};

Result<kafka::PartitionRange> RangeOf(
    kafka::RecordStream& stream, int32_t partition, int64_t offset, Deadline deadline
) {
  const auto ranges = ROWHOUSE_TRY(stream.Ranges(deadline));
  const auto range = std::ranges::find(ranges, partition, &kafka::PartitionRange::partition);
  if (range == ranges.end()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no partition {}", partition));
  }
  if (offset < range->begin || offset >= range->end) {
    return Error(
        ErrorKind::kNotFound,
        range->begin == range->end
            ? fmt::format("partition {} has no offset {}: it is empty", partition, offset)
            : fmt::format(
                  "partition {} has no offset {}: it holds {} up to {}",
                  partition,
                  offset,
                  range->begin,
                  range->end - 1
              )
    );
  }
  return *range;
}

}  // namespace

Result<std::optional<Look>> LookAt(
    kafka::RecordStream& stream,
    Schemas& schemas,
    int32_t partition,
    int64_t offset,
    Deadline deadline
) {
  const kafka::PartitionRange range = ROWHOUSE_TRY(RangeOf(stream, partition, offset, deadline));
  PartReader reader(schemas);
  for (int64_t step = kFirstStep;; step *= kStepGrowth) {
    const int64_t from = offset - range.begin <= step ? range.begin : offset - step;
    Catch caught(offset, reader);
    ROWHOUSE_TRY(stream.Seek({{partition, from}}));
    while (!caught.done) {
      if (deadline.Passed()) {
        return Error(ErrorKind::kUnavailable, "no broker gave the record in time")
            .WithCode("E-KAFKA-001");
      }
      ROWHOUSE_TRY(stream.Read(caught, kBatch, deadline));
    }
    if (!caught.look) {
      return std::optional<Look>();
    }
    if (caught.neighbours.previous || from == range.begin) {
      caught.look->neighbours = caught.neighbours;
      return std::move(caught.look);
    }
  }
}

}  // namespace rowhouse::browse
