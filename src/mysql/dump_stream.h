#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/arena.h"
#include "mysql/connection.h"
#include "mysql/packet_reader.h"
#include "mysql/source_options.h"
#include "mysql/start_position.h"

namespace rowhouse::mysql {

// The server's binary log as a replica gets it: raw events, one at a time.
//
// Does the replica's handshake of either flavour (checksum, capability, heartbeat, identity), asks
// for the dump by file and offset or by GTID, and takes the packet framing off.
//
// Place:    inside BinlogSource; its events go to BinlogDecoder.
// Threads:  one owner; Close() from any thread.
// Blocking: Next() until an event or the deadline.
// Errors:   kUnavailable: link ended, or silent for three heartbeats; 1236 of the server by
// error_map.h.
class DumpStream {
 public:
  static Result<std::unique_ptr<DumpStream>> Open(
      std::unique_ptr<Connection> connection, const SourceOptions& options, const DumpStart& start
  );

  // The next event without the packet's status byte, in `arena`; nullopt at the deadline.
  Result<std::optional<ByteView>> Next(Arena& arena, Deadline deadline);

  // Unblocks Next(), which then gives kCancelled.
  void Close() { reader_->Interrupt(); }

  // Whether artificial events carry a checksum.
  bool session_checksum() const { return session_checksum_; }

  uint64_t bytes_received() const { return reader_->bytes_received(); }

 private:
  DumpStream(std::unique_ptr<Connection> connection, const SourceOptions& options);

  Status Prepare(const SourceOptions& options);
  Status Register();
  Status RequestByFile(const BinlogPosition& from);
  Status RequestByMySqlGtid(const std::string& gtid_set);
  Status RequestByMariaDbGtid(const std::string& gtid_set);
  Result<std::optional<ByteView>> EventOf(ByteView packet) const;

  const std::unique_ptr<Connection> connection_;
  const uint32_t server_id_;
  const milliseconds silence_most_;
  const std::string what_;
  std::unique_ptr<PacketReader> reader_;
  bool session_checksum_ = false;
  uint64_t bytes_seen_ = 0;
  Deadline silent_until_ = Deadline::Never();
};

// The server id that option 0 stands for: the same within a process, random between them.
uint32_t ServerIdOfThisProcess();

}  // namespace rowhouse::mysql
