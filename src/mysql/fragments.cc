#include "mysql/fragments.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "mysql/rows_event.h"

namespace rowhouse::mysql {

namespace {

constexpr uint8_t kWholeSizeFollows = 0x01;

Error Broken(std::string what) {
  return {ErrorKind::kBadRecord, std::move(what)};
}

Error NotUnderstood(std::string what) {
  return Error(
             ErrorKind::kUnsupported,
             "its fragments of a rows event are not understood: " + std::move(what)
  )
      .WithHint(
          "raise binlog_row_event_fragment_threshold to its maximum on the source, then load "
          "the tables anew"
      );
}

}  // namespace

Status Fragments::Begin(uint32_t one, uint32_t other, uint64_t whole_bytes) {
  if (std::min(one, other) != 1 || std::max(one, other) < 2) {
    return NotUnderstood(fmt::format("the first is number {} of {}", one, other));
  }
  if (whole_bytes > kBytesMax) {
    return NotUnderstood(
        fmt::format("they have {} bytes, at most {} are held", whole_bytes, kBytesMax)
    );
  }
  total_first_ = one != 1;
  total_ = std::max(one, other);
  whole_bytes_ = whole_bytes;
  // The size is only a promise: what is reserved is what a fragment has paid for.
  bytes_.clear();
  return Ok();
}

Result<std::optional<Fragments::Whole>> Fragments::Add(ByteView body, Arena& arena) {
  ByteCursor in(body);
  const uint32_t one = in.U32();
  const uint32_t other = in.U32();
  const bool first = (in.U8() & kWholeSizeFollows) != 0;
  const uint64_t whole_bytes = first ? in.U64() : 0;
  if (!in.ok()) {
    return Broken("its bytes end too early");
  }
  if (first) {
    ROWHOUSE_TRY(ExpectNone());
    ROWHOUSE_TRY(Begin(one, other, whole_bytes));
  }
  const uint32_t total = total_first_ ? one : other;
  const uint32_t number = total_first_ ? other : one;
  if (number != seen_ + 1 || total != total_) {
    return Broken(fmt::format(
        "fragment {} of {} came where {} of {} was due", number, total, seen_ + 1, total_
    ));
  }
  if (bytes_.size() + in.left() > whole_bytes_) {
    return Broken(fmt::format("its fragments have more than the {} bytes announced", whole_bytes_));
  }
  bytes_.append(in.Text(in.left()));
  ++seen_;
  if (seen_ < total_) {
    return std::optional<Whole>();
  }
  return std::optional(ROWHOUSE_TRY(Finish(arena)));
}

Result<Fragments::Whole> Fragments::Finish(Arena& arena) {
  const std::string event = std::exchange(bytes_, {});
  seen_ = 0;
  total_ = 0;
  // Whether the whole keeps a checksum of its own is not told.
  const size_t checksum = ChecksumMatches(AsBytes(event)) ? EventHeader::kChecksumBytes : 0;
  ByteCursor in(AsBytes(event).first(event.size() - checksum));
  in.Skip(4);  // time
  const auto type = static_cast<EventType>(in.U8());
  in.Skip(EventHeader::kBytes - 5);
  if (event.size() != whole_bytes_ || !in.ok() || !RowsEvent::IsRows(type)) {
    return NotUnderstood(fmt::format(
        "together they are {} bytes of type {}, announced were {} bytes of a rows event",
        event.size(),
        static_cast<unsigned>(type),
        whole_bytes_
    ));
  }
  return Whole{type, AsBytes(arena.Copy(in.Text(in.left())))};
}

Status Fragments::ExpectNone() const {
  if (seen_ == 0) {
    return Ok();
  }
  return Broken(fmt::format("fragment {} of {} of a rows event is missing", seen_ + 1, total_));
}

}  // namespace rowhouse::mysql
