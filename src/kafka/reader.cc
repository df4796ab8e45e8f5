#include "kafka/reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/check.h"
#include "kafka/admin.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

constexpr size_t kBatch = 1000;
constexpr milliseconds kSlice{200};
constexpr seconds kFirstAnswer{2};

struct MessageDelete {
  void operator()(rd_kafka_message_t* m) const { rd_kafka_message_destroy(m); }
};

using Message = std::unique_ptr<rd_kafka_message_t, MessageDelete>;

std::optional<std::string> CopyOf(const void* data, size_t size) {
  if (data == nullptr) {
    return std::nullopt;
  }
  return std::string(static_cast<const char*>(data), size);
}

Record RecordOf(const rd_kafka_message_t& m) {
  Record record;
  record.topic = rd_kafka_topic_name(m.rkt);
  record.partition = m.partition;
  record.offset = m.offset;
  record.timestamp_ms = rd_kafka_message_timestamp(&m, nullptr);
  record.key = CopyOf(m.key, m.key_len);
  record.value = CopyOf(m.payload, m.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers.emplace_back(name, CopyOf(value, size).value_or(""));
    }
  }
  return record;
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::Open(
    const KafkaOptions& options, const std::vector<PartitionStart>& starts
) {
  std::unique_ptr<Reader> reader(new Reader(ROWHOUSE_TRY(Client::Open(options, Role::kReader))));
  ROWHOUSE_TRY(reader->StartAll(starts));
  return reader;
}

Result<std::unique_ptr<Reader>> Reader::OpenTopic(
    const KafkaOptions& options, const std::string& topic, Deadline deadline
) {
  std::unique_ptr<Reader> reader(new Reader(ROWHOUSE_TRY(Client::Open(options, Role::kReader))));
  const TopicInfo info = ROWHOUSE_TRY(Admin(reader->client_).Topic(topic, deadline));
  std::vector<PartitionStart> starts;
  for (int32_t p = 0; p < info.partitions; ++p) {
    starts.push_back({topic, p, kFromBegin});
  }
  ROWHOUSE_TRY(reader->StartAll(starts));
  return reader;
}

// librdkafka asks for the offset that "begin" and "end" stand for half a second later where it
// has not met the partition's leader yet; so they are asked for here. A broker that is away
// leaves that to it.
Status Reader::StartAll(const std::vector<PartitionStart>& starts) {
  const Deadline deadline = Deadline::After(kFirstAnswer);
  bool answers = Admin(client_).Ping(deadline).has_value();
  for (PartitionStart start : starts) {
    int64_t begin = 0;
    int64_t end = 0;
    if (answers && start.offset < 0) {
      const auto wait = static_cast<int>(std::max<int64_t>(deadline.Left().count(), 1));
      answers = rd_kafka_query_watermark_offsets(
                    client_->native(), start.topic.c_str(), start.partition, &begin, &end, wait
                ) == RD_KAFKA_RESP_ERR_NO_ERROR;
      if (answers) {
        start.offset = start.offset == kFromBegin ? begin : end;
      }
    }
    ROWHOUSE_TRY(Start(start));
  }
  return Ok();
}

Reader::Reader(std::shared_ptr<Client> client)
    : client_(std::move(client)), queue_(rd_kafka_queue_new(client_->native())) {}

Reader::~Reader() {
  for (const auto& [key, next] : next_) {
    rd_kafka_consume_stop(topics_.at(key.first), key.second);
  }
  for (const auto& [name, topic] : topics_) {
    rd_kafka_topic_destroy(topic);
  }
  rd_kafka_queue_destroy(queue_);
}

Status Reader::Start(const PartitionStart& start) {
  rd_kafka_topic_t*& topic = topics_[start.topic];
  if (topic == nullptr) {
    topic = rd_kafka_topic_new(client_->native(), start.topic.c_str(), nullptr);
  }
  if (topic == nullptr) {
    topics_.erase(start.topic);
    return NativeError(rd_kafka_last_error(), fmt::format("opening topic '{}'", start.topic));
  }
  if (rd_kafka_consume_start_queue(topic, start.partition, start.offset, queue_) != 0) {
    const std::string what = fmt::format("reading {}[{}]", start.topic, start.partition);
    return NativeError(rd_kafka_last_error(), what);
  }
  next_[{start.topic, start.partition}] = std::max<int64_t>(start.offset, 0);
  return Ok();
}

Result<std::vector<Record>> Reader::Read(size_t records_max, Deadline deadline) {
  std::vector<Record> out;
  do {
    ROWHOUSE_TRY(ReadSome(records_max, deadline, out));
  } while (out.empty() && !deadline.Passed());
  return out;
}

// Comes back with nothing at the end of a partition too.
Status Reader::ReadSome(size_t records_max, Deadline deadline, std::vector<Record>& out) {
  do {
    rd_kafka_poll(client_->native(), 0);  // error callbacks
    // One with a wait, then what else is there: the batch call would wait until it is full.
    const auto wait = static_cast<int>(std::min(deadline.Left(), kSlice).count());
    const Message first(rd_kafka_consume_queue(queue_, wait));
    if (first == nullptr) {
      continue;
    }
    ROWHOUSE_TRY(Take(*first, out));
    std::array<rd_kafka_message_t*, kBatch> raw{};
    const size_t room = std::min(kBatch, std::max<size_t>(records_max, 1) - out.size());
    const ssize_t count = room == 0 ? 0 : rd_kafka_consume_batch_queue(queue_, 0, raw.data(), room);
    Status taken;
    for (ssize_t i = 0; i < count; ++i) {
      const Message message(raw[static_cast<size_t>(i)]);
      if (taken) {
        taken = Take(*message, out);
      }
    }
    return taken;
  } while (!deadline.Passed());
  return Ok();
}

Status Reader::Take(const rd_kafka_message_t& message, std::vector<Record>& out) {
  const std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
  int64_t& next = next_[{topic, message.partition}];
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    out.push_back(RecordOf(message));
    next = message.offset + 1;
    return Ok();
  }
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    next = std::max(next, message.offset);
    return Ok();
  }
  Error error = NativeError(
      message.err,
      fmt::format("{}: reading {}[{}]", ServerName(client_->options()), topic, message.partition),
      rd_kafka_message_errstr(&message)
  );
  // librdkafka goes on by itself.
  return error.kind() == ErrorKind::kUnavailable ? Ok() : Status(std::move(error));
}

Result<std::shared_ptr<Client>> Reader::Asking(ReadTo end) {
  if (end == ReadTo::kWritten) {  // at a start only: not worth keeping
    return Client::Open(client_->options(), Role::kOffsetAsker);
  }
  if (asking_ == nullptr) {
    asking_ = ROWHOUSE_TRY(Client::Open(client_->options(), Role::kAdmin));
  }
  return asking_;
}

Result<std::map<Reader::PartitionKey, int64_t>> Reader::Ends(ReadTo to, Deadline deadline) {
  std::map<PartitionKey, int64_t> ends;
  const std::shared_ptr<Client> asking = ROWHOUSE_TRY(Asking(to));
  for (const auto& [key, next] : next_) {
    int64_t begin = 0;
    int64_t end = 0;
    const auto wait = static_cast<int>(std::max<int64_t>(deadline.Left().count(), 1));
    const rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(
        asking->native(), key.first.c_str(), key.second, &begin, &end, wait
    );
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_poll(asking->native(), 0);
      return asking->Explain(err, fmt::format("reading the end of {}[{}]", key.first, key.second));
    }
    // An empty partition may begin after 0, and then shows no record to move `next`.
    ends[key] = begin == end ? 0 : end;
  }
  return ends;
}

bool Reader::Reached(const std::map<PartitionKey, int64_t>& ends) const {
  return std::all_of(ends.begin(), ends.end(), [&](const auto& end) {
    return next_.at(end.first) >= end.second;
  });
}

std::string Reader::WhereItStands(const std::map<PartitionKey, int64_t>& ends, ReadTo to) const {
  const auto behind =
      std::ranges::find_if(ends, [&](const auto& end) { return next_.at(end.first) < end.second; });
  CHECK(behind != ends.end());
  const auto& [topic, partition] = behind->first;
  return fmt::format(
      "reading {}[{}] to offset {}, now at {}{}",
      topic,
      partition,
      behind->second,
      next_.at(behind->first),
      to == ReadTo::kWritten ? " (perhaps before a transaction that has not ended)" : ""
  );
}

Status Reader::ReadToEnd(
    const std::function<void(const Record&)>& each, Deadline deadline, ReadTo end
) {
  const std::map<PartitionKey, int64_t> ends = ROWHOUSE_TRY(Ends(end, deadline));
  while (!Reached(ends)) {
    const auto slice = Deadline::After(std::min(deadline.Left(), kSlice));
    std::vector<Record> records;
    ROWHOUSE_TRY(ReadSome(kBatch, slice, records));
    for (const Record& record : records) {
      each(record);
    }
    if (deadline.Passed() && !Reached(ends)) {
      return client_->Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, WhereItStands(ends, end));
    }
  }
  return Ok();
}

}  // namespace rowhouse::kafka
