#include "mysql/dump_stream.h"

#include <random>
#include <unistd.h>

#include <fmt/format.h>

#include "mysql/gtid_set.h"

namespace rowhouse::mysql {

namespace {

constexpr int kComBinlogDump = 0x12;
constexpr int kComRegisterSlave = 0x15;
constexpr int kComBinlogDumpGtid = 0x1E;

// MariaDB: without ANNOTATE_ROWS events the counted positions of 11.4+ would have holes.
constexpr uint16_t kSendAnnotateRows = 2;

void PutLittle(std::string& to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    to += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

void PutShortText(std::string& to, std::string_view text) {
  const std::string_view cut = text.substr(0, 60);
  to += static_cast<char>(cut.size());
  to += cut;
}

std::string HostName() {
  char name[256] = "rowhouse";
  gethostname(name, sizeof(name) - 1);
  return name;
}

std::string ReplicaUuid(uint32_t server_id) {
  return fmt::format("726f7768-6f75-4365-8000-{:012x}", server_id);
}

}  // namespace

uint32_t ServerIdOfThisProcess() {
  // Above the small numbers people give, below 2^31.
  static const uint32_t id = 0x4000'0000U | (std::random_device()() & 0x3FFF'FFFFU);
  return id;
}

DumpStream::DumpStream(std::unique_ptr<Connection> connection, const SourceOptions& options)
    : connection_(std::move(connection)),
      server_id_(options.server_id != 0 ? options.server_id : ServerIdOfThisProcess()),
      silence_most_(options.heartbeat * 3),
      what_("reading the binary log of " + connection_->where()) {}

Result<std::unique_ptr<DumpStream>> DumpStream::Open(
    std::unique_ptr<Connection> connection, const SourceOptions& options, const DumpStart& start
) {
  std::unique_ptr<DumpStream> stream(new DumpStream(std::move(connection), options));
  ROWHOUSE_TRY(stream->Prepare(options));
  ROWHOUSE_TRY(stream->Register());
  if (!start.by_gtid()) {
    ROWHOUSE_TRY(stream->RequestByFile(start.begin().binlog));
  } else if (stream->connection_->flavor() == Flavor::kMySql) {
    ROWHOUSE_TRY(stream->RequestByMySqlGtid(start.begin().gtid_set));
  } else {
    ROWHOUSE_TRY(stream->RequestByMariaDbGtid(start.begin().gtid_set));
  }
  stream->reader_ = ROWHOUSE_TRY(PacketReader::Open(*stream->connection_, stream->what_));
  stream->silent_until_ = Deadline::After(stream->silence_most_);
  return stream;
}

Status DumpStream::Prepare(const SourceOptions& options) {
  const int64_t heartbeat_ns = std::chrono::nanoseconds(options.heartbeat).count();
  std::string set = fmt::format(
      "SET @master_binlog_checksum = @@GLOBAL.binlog_checksum, @master_heartbeat_period = {0}, "
      "SESSION net_write_timeout = {1}",
      heartbeat_ns,
      options.net_write_timeout.count()
  );
  if (connection_->flavor() == Flavor::kMySql) {
    const std::string uuid = ReplicaUuid(server_id_);
    set += fmt::format(
        ", @source_binlog_checksum = @@GLOBAL.binlog_checksum, @source_heartbeat_period = {0}, "
        "@replica_uuid = '{1}', @slave_uuid = '{1}'",
        heartbeat_ns,
        uuid
    );
  } else {
    set += ", @mariadb_slave_capability = 4, @slave_gtid_strict_mode = 1";
  }
  ROWHOUSE_TRY(connection_->Execute(set));
  const std::string checksum = ROWHOUSE_TRY(connection_->Value("SELECT @master_binlog_checksum"));
  session_checksum_ = checksum == "CRC32";
  return Ok();
}

Status DumpStream::Register() {
  std::string payload;
  PutLittle(payload, server_id_, 4);
  PutShortText(payload, HostName());
  PutShortText(payload, "");  // user
  PutShortText(payload, "");  // password
  PutLittle(payload, 0, 2);   // port
  PutLittle(payload, 0, 4);   // rank
  PutLittle(payload, 0, 4);   // source id: the server fills it in
  return connection_->SendCommand(
      kComRegisterSlave, AsBytes(payload), Connection::Answer::kOk, "registering as a replica"
  );
}

Status DumpStream::RequestByFile(const BinlogPosition& from) {
  const bool mariadb = connection_->flavor() == Flavor::kMariaDb;
  std::string payload;
  PutLittle(payload, from.pos, 4);
  PutLittle(payload, mariadb ? kSendAnnotateRows : 0, 2);
  PutLittle(payload, server_id_, 4);
  payload += from.file;
  return connection_->SendCommand(
      kComBinlogDump,
      AsBytes(payload),
      Connection::Answer::kNone,
      "asking for the log from " + from.ToString()
  );
}

Status DumpStream::RequestByMySqlGtid(const std::string& gtid_set) {
  const GtidSet set = ROWHOUSE_TRY(GtidSet::Parse(Flavor::kMySql, gtid_set));
  const std::string encoded = set.Encode();
  std::string payload;
  PutLittle(payload, 0, 2);  // flags
  PutLittle(payload, server_id_, 4);
  PutLittle(payload, 0, 4);  // no file name
  PutLittle(payload, 4, 8);  // offset
  PutLittle(payload, encoded.size(), 4);
  payload += encoded;
  return connection_->SendCommand(
      kComBinlogDumpGtid,
      AsBytes(payload),
      Connection::Answer::kNone,
      "asking for the log after " + gtid_set
  );
}

Status DumpStream::RequestByMariaDbGtid(const std::string& gtid_set) {
  ROWHOUSE_TRY(connection_->Execute("SET @slave_connect_state = " + QuoteText(gtid_set)));
  return RequestByFile({"", 4});
}

Result<std::optional<ByteView>> DumpStream::EventOf(ByteView packet) const {
  constexpr uint8_t kEvent = 0x00;
  constexpr uint8_t kError = 0xFF;
  constexpr uint8_t kEnd = 0xFE;
  if (packet.empty()) {
    return Error(ErrorKind::kUnavailable, what_ + ": empty packet");
  }
  if (packet[0] == kEvent) {
    return std::optional(packet.subspan(1));
  }
  if (packet[0] == kError) {
    return ErrorOfPacket(packet, what_);
  }
  if (packet[0] == kEnd) {
    return Error(ErrorKind::kUnavailable, what_ + ": the server ended the dump");
  }
  return Error(
      ErrorKind::kInternal, fmt::format("{}: unknown packet status 0x{:02x}", what_, packet[0])
  );
}

Result<std::optional<ByteView>> DumpStream::Next(Arena& arena, Deadline deadline) {
  const bool silence_first = silent_until_.at() < deadline.at();
  const auto packet = ROWHOUSE_TRY(reader_->Next(arena, silence_first ? silent_until_ : deadline));
  // Bytes of a packet still on its way are a sign of life too.
  if (reader_->bytes_received() != bytes_seen_) {
    bytes_seen_ = reader_->bytes_received();
    silent_until_ = Deadline::After(silence_most_);
  }
  if (packet.has_value()) {
    return EventOf(*packet);
  }
  if (silent_until_.Passed()) {
    return Error(
        ErrorKind::kUnavailable,
        fmt::format(
            "{}: no byte for {} ms, three heartbeats: the link is dead",
            what_,
            silence_most_.count()
        )
    );
  }
  return std::optional<ByteView>();
}

}  // namespace rowhouse::mysql
