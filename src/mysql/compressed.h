#pragma once

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"

struct ZSTD_DCtx_s;

namespace rowhouse::mysql {

// MariaDB's compressed part of an event (log_bin_compress), unpacked into the arena.
// kBadRecord when it is damaged.
Result<ByteView> InflateMariaDb(ByteView packed, Arena& arena);

// A value of one of MariaDB's COMPRESSED columns, whole; packed ones are unpacked into the arena.
// nullopt when it is damaged.
std::optional<ByteView> InflateColumn(ByteView stored, Arena& arena);

// The events inside MySQL's TRANSACTION_PAYLOAD (binlog_transaction_compression).
//
// Unpacks event by event, so that a transaction takes no more memory than its events.
// Inner events have no checksum.
//
// Owns:    the decompressor, kept from one payload to the next. Threads: one owner.
// Errors:  kBadRecord when the payload is damaged, kUnsupported for an unknown algorithm.
class PayloadReader {
 public:
  PayloadReader();
  ~PayloadReader();
  PayloadReader(const PayloadReader&) = delete;
  PayloadReader& operator=(const PayloadReader&) = delete;

  // `body` of the event; its bytes must live until the last Next().
  Status Start(ByteView body);

  // The next whole event, in the arena; nullopt at the end.
  Result<std::optional<ByteView>> Next(Arena& arena);

 private:
  // Fills `to`; gives how much there was.
  Result<size_t> Read(uint8_t* to, size_t bytes);

  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  std::unique_ptr<ZSTD_DCtx_s, FreeContext> zstd_;
  ByteView packed_;  // not yet unpacked
  bool stored_ = false;
};

}  // namespace rowhouse::mysql
