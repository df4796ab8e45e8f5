#include "mysql/stream_place.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::mysql {

StreamPlace::StreamPlace(const SourcePosition& start, GtidSet seen)
    : position_(start.binlog),
      boundary_(start.binlog),
      seen_(std::move(seen)),
      file_number_(
          BinlogFileNumber(start.binlog.file).has_value()
              ? BinlogFileNumber(start.binlog.file).value()
              : 0
      ),
      placed_(!start.binlog.empty()) {}

Status StreamPlace::EnterFile(std::string_view file, uint64_t pos, bool artificial) {
  Result<uint32_t> number = BinlogFileNumber(file);
  if (!number.has_value()) {
    return std::move(number).error();
  }
  if (!position_.empty() && *number < file_number_) {
    return Error(
               ErrorKind::kUnavailable,
               fmt::format(
                   "the log goes on in {} after {}: it was started anew (RESET)",
                   file,
                   position_.ToString()
               )
    )
        .WithHint("what that means is told when the stream is opened again");
  }
  file_number_ = *number;
  position_ = {std::string(file), pos};
  if (!artificial) {
    OnIdle();
  }
  return Ok();
}

uint64_t StreamPlace::Pass(const EventHeader& header) {
  const bool heartbeat =
      header.type == EventType::kHeartbeat || header.type == EventType::kHeartbeatV2;
  const bool repeated = header.type == EventType::kFormatDescription && header.next_position == 0;
  if (header.artificial() || heartbeat || repeated) {
    return position_.pos;
  }
  if (header.next_position == 0) {
    const uint64_t start = position_.pos;
    position_.pos += header.length;
    return start;
  }
  const uint64_t end = Extend(header.next_position);
  position_.pos = end;
  return end - std::min<uint64_t>(header.length, end);
}

// The offset with these low 32 bits: ahead, beyond the next 4 GiB line where that is near, or else
// a little behind (a heartbeat may be late).
uint64_t StreamPlace::Extend(uint32_t low) const {
  constexpr uint64_t kWrap = uint64_t{1} << 32;
  const uint64_t same = (position_.pos & ~(kWrap - 1)) | low;
  const bool wrapped = same < position_.pos && same + kWrap - position_.pos < kWrap / 2;
  return wrapped ? same + kWrap : same;
}

void StreamPlace::Begin() {
  ++transaction_;
  in_transaction_ = true;
  begun_ = false;
  committed_us_ = 0;
  name_ = std::monostate();
}

void StreamPlace::OnGtid(const MySqlGtidEvent& gtid, bool anonymous) {
  Begin();
  committed_us_ = gtid.committed_us;
  if (!anonymous) {
    name_ = MySqlName{gtid.source, gtid.number};
  }
}

void StreamPlace::OnGtid(const MariaDbGtidEvent& gtid, uint32_t server_id) {
  Begin();
  begun_ = !gtid.standalone();
  name_ = MariaDbGtid{gtid.domain, server_id, gtid.sequence};
}

void StreamPlace::OnBegin() {
  if (!in_transaction_) {
    Begin();  // no GTID event before it: MySQL before 5.7
  }
  begun_ = true;
}

void StreamPlace::OnStatement() {
  if (!begun_) {
    OnCommit();
  }
}

void StreamPlace::OnCommit() {
  if (const auto* mysql = std::get_if<MySqlName>(&name_)) {
    seen_.Add(mysql->source, mysql->number);
  } else if (const auto* mariadb = std::get_if<MariaDbGtid>(&name_)) {
    seen_.Add(*mariadb);
  }
  name_ = std::monostate();
  in_transaction_ = false;
  begun_ = false;
  placed_ = true;
  boundary_.pos = position_.pos;
  if (boundary_.file != position_.file) {
    boundary_.file = position_.file;
  }
}

void StreamPlace::OnIdle() {
  if (placed_ && !in_transaction_) {
    boundary_ = position_;
  }
}

Status StreamPlace::OnHeartbeat(const HeartbeatEvent& heartbeat) {
  if (in_transaction_) {
    return Ok();
  }
  if (heartbeat.file != position_.file) {
    ROWHOUSE_TRY(EnterFile(heartbeat.file, heartbeat.position, true));
  } else {
    const uint64_t at = heartbeat.position > UINT32_MAX
                            ? heartbeat.position
                            : Extend(static_cast<uint32_t>(heartbeat.position));
    position_.pos = std::max(position_.pos, at);
  }
  placed_ = true;
  OnIdle();
  return Ok();
}

void StreamPlace::OnEarlierGtids(const GtidSet& earlier) {
  if (seen_.empty() && transaction_ == 0) {
    seen_ = earlier;
  }
}

void StreamPlace::OnSkippedTo(uint32_t pos) {
  if (!in_transaction_ && pos != 0) {
    position_.pos = Extend(pos);
    placed_ = true;
    OnIdle();
  }
}

bool StreamPlace::IsIn(const GtidSet& set) const {
  if (const auto* mysql = std::get_if<MySqlName>(&name_)) {
    return set.Contains(mysql->source, mysql->number);
  }
  if (const auto* mariadb = std::get_if<MariaDbGtid>(&name_)) {
    GtidSet one(Flavor::kMariaDb);
    one.Add(*mariadb);
    return set.Contains(one);
  }
  return false;
}

std::string StreamPlace::Gtid() const {
  if (const auto* mysql = std::get_if<MySqlName>(&name_)) {
    return mysql->source.ToString() + ":" + std::to_string(mysql->number);
  }
  if (const auto* mariadb = std::get_if<MariaDbGtid>(&name_)) {
    return mariadb->ToString();
  }
  return {};
}

}  // namespace rowhouse::mysql
