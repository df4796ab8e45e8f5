#include "trace/topic_tail.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "base/json_text.h"
#include "browse/filter.h"
#include "browse/scan.h"
#include "registry/client.h"

namespace rowhouse::trace {

namespace {

constexpr size_t kBufferBytes = size_t{16} << 20;

class Keeper : public browse::ScanWatcher {
 public:
  void OnMatches(std::vector<browse::Match> matches) override {
    for (browse::Match& match : matches) {
      found.push_back(std::move(match.message));
      if (found.size() > Request::kChangesMax) {
        found.pop_front();
      }
    }
  }

  void OnProgress(const browse::ScanProgress& /*progress*/) override {}

  std::deque<std::shared_ptr<const browse::Message>> found;  // the last ones
};

std::string TextAt(const browse::Node* node, std::string_view field) {
  const browse::Node* found = node == nullptr ? nullptr : node->Find(field);
  return found == nullptr || found->is_null() ? "" : found->text;
}

std::optional<int64_t> MicrosAt(const browse::Node* node) {
  for (const auto& [field, unit] : {std::pair{"ts_us", 1}, std::pair{"ts_ms", 1000}}) {
    const std::string text = TextAt(node, field);
    int64_t n = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
    if (!text.empty() && read.ec == std::errc()) {
      return n * unit;
    }
  }
  return std::nullopt;
}

std::optional<browse::Node> RecordAt(const browse::Node& node, std::string_view field) {
  const browse::Node* found = node.Find(field);
  return found != nullptr && found->kind == browse::Node::Kind::kRecord ? std::optional(*found)
                                                                        : std::nullopt;
}

bool IsNumber(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  return !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::ranges::count(digits, '.') <= 1 && digits.front() != '.' && digits.back() != '.';
}

std::string Quoted(const std::string& text) {
  std::string quoted;
  AppendJsonString(quoted, text);
  return quoted;
}

}  // namespace

std::string KeyFilter(
    const std::vector<std::string>& names, const std::vector<std::string>& key, LookAt at
) {
  const auto equal = [&](std::string_view record) {
    std::string filter;
    for (size_t i = 0; i < names.size() && i < key.size(); ++i) {
      // A key of one column is that column's value.
      const bool plain = at == LookAt::kKey && names.size() == 1;
      const std::string field =
          plain ? std::string(record) : fmt::format("{}[{}]", record, Quoted(names[i]));
      filter += filter.empty() ? "" : " && ";
      filter += IsNumber(key[i])
                    ? fmt::format("({0} == {1} || {0} == {2})", field, key[i], Quoted(key[i]))
                    : fmt::format("{} == {}", field, Quoted(key[i]));
    }
    return filter;
  };
  return at == LookAt::kKey
             ? equal("key")
             : fmt::format("({}) || ({})", equal("value.after"), equal("value.before"));
}

std::string GtidFilter(const std::string& gtid) {
  return "value.source.gtid == " + Quoted(gtid);
}

TopicTail::TopicTail(
    std::string topic,
    std::string group,
    std::unique_ptr<kafka::RecordStream> stream,
    std::unique_ptr<browse::Schemas> schemas
)
    : topic_(std::move(topic)),
      group_(std::move(group)),
      stream_(std::move(stream)),
      schemas_(std::move(schemas)) {}

Result<std::unique_ptr<TopicTail>> TopicTail::Open(
    const World& world, const std::string& topic, const std::string& group, Deadline deadline
) {
  auto stream = ROWHOUSE_TRY(kafka::OpenRecordStream(world.kafka, topic, kBufferBytes, deadline));
  std::shared_ptr<registry::Client> client = ROWHOUSE_TRY(registry::Client::Open(world.registry));
  auto schemas =
      std::make_unique<browse::Schemas>(std::make_unique<browse::RegistrySource>(std::move(client))
      );
  std::unique_ptr<TopicTail> tail(new TopicTail(topic, group, std::move(stream), std::move(schemas))
  );
  tail->consumption_ = ROWHOUSE_TRY(kafka::Consumption::Open(world.kafka));
  tail->taken_ = ROWHOUSE_TRY(tail->consumption_->Committed(topic, group, deadline));
  return tail;
}

Result<Found> TopicTail::FindWaiting(const std::string& filter, Deadline deadline) {
  browse::ScanRequest request;
  request.filter = ROWHOUSE_TRY(browse::Filter::Parse(filter));
  Found all;
  for (const kafka::PartitionRange& range : ROWHOUSE_TRY(stream_->Ranges(deadline))) {
    const auto taken = taken_.find(range.partition);
    const int64_t from = taken == taken_.end() ? range.begin : std::max(taken->second, range.begin);
    if (from >= range.end) {
      continue;
    }
    request.from = {browse::ScanFrom::Kind::kOffset, from};
    request.limit = browse::ScanRequest::kLimitMax;
    request.partitions = {range.partition};
    request.time_max = std::max(deadline.Left(), milliseconds(1));
    Found found = ROWHOUSE_TRY(Search(request));
    std::ranges::move(found.changes, std::back_inserter(all.changes));
    all.note = found.note.empty() ? all.note : found.note;
  }
  return all;
}

Result<Found> TopicTail::FindNewest(const std::string& filter, Deadline deadline) {
  browse::ScanRequest request;
  request.filter = ROWHOUSE_TRY(browse::Filter::Parse(filter));
  request.limit = Request::kChangesMax;
  request.time_max = std::max(deadline.Left(), milliseconds(1));
  return Search(request);
}

Result<Found> TopicTail::Search(const browse::ScanRequest& asked) {
  browse::ScanRequest request = asked;
  request.detail = browse::ScanRequest::Detail::kMessage;
  request.silence_max = std::min(request.silence_max, asked.time_max);
  Keeper keeper;
  const browse::ScanEnd end = ROWHOUSE_TRY(browse::Scan(request, *stream_, *schemas_, keeper, {}));
  Found found;
  for (const auto& message : keeper.found) {
    if (message->change) {
      found.changes.push_back(ChangeOf(*message));
    }
  }
  if (end.reason == browse::ScanReason::kTime) {
    found.note = fmt::format(
        "{} was searched for {} ms only, {} messages of it",
        topic_,
        asked.time_max.count(),
        end.progress.scanned
    );
  }
  if (end.progress.undecodable > 0) {
    found.note += fmt::format(
        "{}{} messages of {} can't be decoded",
        found.note.empty() ? "" : "; ",
        end.progress.undecodable,
        topic_
    );
  }
  return found;
}

Result<Change> TopicTail::At(int32_t partition, int64_t offset, Deadline deadline) {
  const auto message =
      ROWHOUSE_TRY(browse::ReadMessage(*stream_, *schemas_, partition, offset, deadline));
  if (!message || !message->change) {
    return Error(
               ErrorKind::kNotFound,
               fmt::format(
                   "there is no change event at {}/{}/{}{}",
                   topic_,
                   partition,
                   offset,
                   !message ? ", but a gap: a transaction's marker, or compacted" : ""
               )
    )
        .WithHint("a tombstone stands behind the deletion that it belongs to");
  }
  return ChangeOf(*message);
}

Change TopicTail::ChangeOf(const browse::Message& message) const {
  const browse::Node& value = message.value.node;
  const browse::Node* source = value.Find("source");
  Change change;
  change.table = message.change->table;
  change.key = message.change->pk;
  change.op = message.change->op;
  change.gtid = TextAt(source, "gtid");
  const auto version = RowVersion::FromHex(message.change->version);
  change.version = version ? *version : RowVersion();
  change.topic = topic_;
  change.partition = message.partition;
  change.offset = message.offset;
  change.before = RecordAt(value, "before");
  change.after = RecordAt(value, "after");
  Way& way = change.way;
  way.loaded = change.op == "r";
  way.committed_us = MicrosAt(source);
  way.source = fmt::format("{}:{}", TextAt(source, "file"), TextAt(source, "pos"));
  way.source += way.loaded ? "" : " row " + TextAt(source, "row");
  way.read_us = MicrosAt(&value);
  way.reader = "server " + TextAt(source, "server_id");
  way.produced_us = message.timestamp_ms * 1000;
  way.partition = fmt::format("{} partition {}", topic_, message.partition);
  way.offset = fmt::format("offset {}", message.offset);
  const auto taken = taken_.find(message.partition);
  const int64_t at = taken == taken_.end() ? 0 : taken->second;
  way.inserted = at > message.offset;
  way.part =
      way.inserted
          ? fmt::format("taken by group {}, which is at offset {}", group_, at)
          : fmt::format(
                "group {} is at offset {}, {} records before it", group_, at, message.offset - at
            );
  return change;
}

}  // namespace rowhouse::trace
