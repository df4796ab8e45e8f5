// Any events, in any order, through the binlog decoder.
#include "fuzz/stream_input.h"
#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  fuzz::StreamInput input({data, size});
  mysql::DecoderOptions options;
  options.flavor = input.flavor();
  options.verify_checksum = false;
  if (input.small_batches()) {
    options.batch_bytes = 1;
  }
  options.wanted = [](const TableId&) { return true; };
  SourcePosition start;
  start.binlog = {"binlog.000001", 4};
  auto decoder = std::move(mysql::BinlogDecoder::Open(options, start, true)).value();
  ChangeBatch batch;
  for (ByteView event = input.Next(batch.arena); !event.empty(); event = input.Next(batch.arena)) {
    Status fed = decoder->Feed(event, batch);
    while (fed.has_value() && decoder->more()) {
      fuzz::Use(fuzz::TouchCells(batch));
      batch.Clear();
      fed = decoder->Continue(batch);
    }
    if (!fed.has_value()) {
      break;
    }
  }
  decoder->FinishBatch(batch);
  fuzz::Use(fuzz::TouchCells(batch));
  return 0;
}

}  // namespace rowhouse
