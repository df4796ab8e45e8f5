#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json_text.h"
#include "browse/json.h"
#include "browse/scan.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/wiring.h"
#include "kafka/admin.h"
#include "registry/client.h"

namespace rowhouse::cli {

namespace {

constexpr size_t kBufferBytes = size_t{64} << 20;
constexpr seconds kAnswer{10};

std::string TextLine(const browse::Match& match) {
  const browse::Row& row = match.row;
  std::string line = fmt::format(
      "{}:{}  {}  {}  {}  {}",
      row.partition,
      row.offset,
      FormatUtc(row.timestamp_ms * 1000),
      row.op.empty() ? "-" : row.op,
      row.has_key ? row.key : "-",
      row.tombstone ? "(tombstone)" : row.value
  );
  if (!row.error.empty()) {
    line += "  (" + row.error + ")";
  }
  return line + "\n";
}

std::string JsonLine(const browse::Match& match) {
  std::string line;
  browse::AppendJsonLine(*match.message, line);
  return line;
}

// Prints what is found: at once, or, where it is found newest first, in order at the end.
class Printer : public browse::ScanWatcher {
 public:
  Printer(Format format, bool at_once) : format_(format), at_once_(at_once) {}

  void OnMatches(std::vector<browse::Match> matches) override {
    std::string text;
    for (const browse::Match& match : matches) {
      const std::string line = format_ == Format::kJson ? JsonLine(match) : TextLine(match);
      if (at_once_) {
        text += line;
      } else {
        lines_.push_back(line);
      }
    }
    Context::Print(text);
  }

  void OnProgress(const browse::ScanProgress& /*progress*/) override {}

  void Finish() const {
    for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
      Context::Print(*line);
    }
  }

 private:
  const Format format_;
  const bool at_once_;
  std::vector<std::string> lines_;
};

Error BadNumber(const std::string& what, const std::string& text) {
  return Error(ErrorKind::kBadRecord, fmt::format("--{} '{}' is no number", what, text))
      .WithCode("E-CLI-003");
}

Result<browse::ScanRequest> RequestOf(const Context& context) {
  constexpr int64_t kShown = 10;
  const Arguments& args = context.args();
  browse::ScanRequest request;
  request.live = args.Has("live");
  request.from =
      ROWHOUSE_TRY(browse::ScanFrom::Parse(args.Text("from", request.live ? "end" : "newest")));
  request.to = ROWHOUSE_TRY(browse::ScanTo::Parse(args.Text("to", "now")));
  request.limit = static_cast<size_t>(
      ROWHOUSE_TRY(args.Number("count", kShown, 1, browse::ScanRequest::kLimitMax))
  );
  request.text = args.Text("text");
  if (args.Has("filter")) {
    request.filter = ROWHOUSE_TRY(browse::Filter::Parse(args.Text("filter")));
  }
  for (const std::string& text : args.All("partition")) {
    int32_t partition = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), partition);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
      return BadNumber("partition", text);
    }
    request.partitions.push_back(partition);
  }
  if (context.format() == Format::kJson) {
    request.detail = browse::ScanRequest::Detail::kMessage;
  }
  return request;
}

Result<ExitCode> Consume(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const browse::ScanRequest request = ROWHOUSE_TRY(RequestOf(context));
  const std::string& topic = context.args().words.front();
  const auto stream =
      ROWHOUSE_TRY(kafka::OpenRecordStream(KafkaOptionsOf(config), topic, kBufferBytes));
  std::shared_ptr<registry::Client> client =
      ROWHOUSE_TRY(registry::Client::Open(RegistryOptionsOf(config)));
  browse::Schemas schemas(std::make_unique<browse::RegistrySource>(std::move(client)));
  const bool newest = request.from.kind == browse::ScanFrom::Kind::kNewest;
  Printer printer(context.format(), request.live || !newest);
  const browse::ScanEnd end = ROWHOUSE_TRY(browse::Scan(request, *stream, schemas, printer, {}));
  printer.Finish();
  if (context.format() == Format::kText) {
    const browse::ScanProgress& p = end.progress;
    std::string said = fmt::format(
        "{} of {} messages searched match; ended by: {}",
        p.matched,
        p.scanned,
        browse::ReasonWord(end.reason)
    );
    said += p.undecodable == 0 ? "" : fmt::format("; {} could not be decoded", p.undecodable);
    said += p.undecided == 0 ? "" : fmt::format("; {} took the filter too long", p.undecided);
    fmt::print(stderr, "{}\n", said);
  }
  return ExitCode::kOk;
}

Result<ExitCode> Topics(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(KafkaOptionsOf(config)));
  std::vector<std::vector<std::string>> rows = {{"TOPIC", "PARTITION", "BEGIN", "END", "OFFSETS"}};
  std::string json = R"({"schema":"topics/v1","topics":[)";
  size_t shown = 0;
  for (const kafka::TopicInfo& topic : ROWHOUSE_TRY(admin->Topics(Deadline::After(kAnswer)))) {
    const auto& wanted = context.args().words;
    if (!wanted.empty() && wanted.front() != topic.name) {
      continue;
    }
    json += shown++ == 0 ? "{\"topic\":" : ",{\"topic\":";
    AppendJsonString(json, topic.name);
    json += fmt::format(",\"replication\":{},\"partitions\":[", topic.replication);
    const auto ranges = ROWHOUSE_TRY(admin->Offsets(topic.name, Deadline::After(kAnswer)));
    for (const kafka::PartitionRange& r : ranges) {
      rows.push_back(
          {topic.name,
           std::to_string(r.partition),
           std::to_string(r.begin),
           std::to_string(r.end),
           std::to_string(r.end - r.begin)}
      );
      json += fmt::format(
          R"({}{{"partition":{},"begin":{},"end":{}}})",
          r.partition == 0 ? "" : ",",
          r.partition,
          r.begin,
          r.end
      );
    }
    json += "]}";
  }
  if (shown == 0 && !context.args().words.empty()) {
    return Error(
        ErrorKind::kNotFound, fmt::format("there is no topic '{}'", context.args().words.front())
    );
  }
  Context::Print(context.format() == Format::kJson ? json + "]}\n" : AlignColumns(rows));
  return ExitCode::kOk;
}

}  // namespace

Command ConsumeCommand() {
  return {
      .name = "consume",
      .group = "Inspect",
      .summary = "messages of a topic, decoded; search them by field or text",
      .examples =
          {"rowhouse consume shop.shop.orders -n 5",
           "rowhouse consume shop.shop.orders --filter 'op == \"u\" && value.after.price > 10'",
           "rowhouse consume shop.shop.orders --live -o json"},
      .options =
          {{.name = "from",
            .value = "PLACE",
            .doc = "newest, beginning, end, offset:N, time:T, last:1h"},
           {.name = "to", .value = "PLACE", .doc = "now, offset:N, time:T, never"},
           {.name = "filter", .value = "EXPR", .doc = "only those it is true for"},
           {.name = "text", .value = "TEXT", .doc = "only those with it in key, value or header"},
           {.name = "count", .value = "N", .doc = "at most so many; 10", .letter = 'n'},
           {.name = "partition", .value = "P", .doc = "only this one", .repeated = true},
           {.name = "live", .value = "", .doc = "go on with what comes", .letter = 'f'}},
      .words = "TOPIC",
      .words_count = Words::kOne,
      .run = Consume};
}

Command TopicsCommand() {
  return {
      .name = "topics",
      .group = "Inspect",
      .summary = "topics of Kafka, with the offsets of their partitions",
      .examples = {"rowhouse topics", "rowhouse topics shop.shop.orders -o json"},
      .words = "TOPIC",
      .words_count = Words::kOptional,
      .run = Topics};
}

}  // namespace rowhouse::cli
