#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/heap.h"
#include "browse/json.h"
#include "browse/scan.h"
#include "console/kafka_api.h"
#include "console/scan_viewer.h"

namespace rowhouse::console {

namespace {

using browse::ScanRequest;

constexpr seconds kAnswer{10};
constexpr int kOnWorkersMost = 3;  // of the server's eight
constexpr size_t kHeldBytes = size_t{16} << 20;
constexpr size_t kStreamBytes = size_t{512} << 10;
constexpr milliseconds kWorkerTime{600'000};

std::vector<Field> ScanFields() {
  return {
      {.name = "from", .doc = "newest, beginning, end, offset:N, time:RFC3339, last:1h"},
      {.name = "to", .doc = "now, offset:N, time:RFC3339, never"},
      {.name = "limit",
       .type = Field::Type::kInteger,
       .doc = "of records that match; 500",
       .min = 1,
       .max = ScanRequest::kLimitMax},
      {.name = "partitions", .doc = "0,2; all"},
      {.name = "filter", .doc = "an expression"},
      {.name = "text", .doc = "in key, value or a header; no case"},
      {.name = "live", .doc = "1: goes on after the end", .choices = {"0", "1"}}};
}

Result<std::vector<int32_t>> PartitionsOf(std::string_view text) {
  std::vector<int32_t> partitions;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    int32_t partition = 0;
    const auto read = std::from_chars(text.data(), text.data() + comma, partition);
    if (read.ec != std::errc() || read.ptr != text.data() + comma || partition < 0) {
      return Error(
                 ErrorKind::kBadRecord,
                 fmt::format("partitions: '{}' is no number", text.substr(0, comma))
      )
          .WithCode("E-CON-007")
          .WithHint("partitions=0,2");
    }
    partitions.push_back(partition);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return partitions;
}

Result<ScanRequest> RequestOf(const Call& call) {
  constexpr int64_t kLimit = 500;
  ScanRequest request;
  request.live = call.Query("live") == "1";
  const std::string from = call.Query("from");
  const std::string to = call.Query("to");
  request.from = ROWHOUSE_TRY(browse::ScanFrom::Parse(from.empty() ? "newest" : from));
  request.to = ROWHOUSE_TRY(browse::ScanTo::Parse(to.empty() ? "now" : to));
  request.limit = static_cast<size_t>(call.QueryNumber("limit", kLimit));
  request.partitions = ROWHOUSE_TRY(PartitionsOf(call.Query("partitions")));
  request.text = call.Query("text");
  if (const std::string filter = call.Query("filter"); !filter.empty()) {
    request.filter = ROWHOUSE_TRY(browse::Filter::Parse(filter));
  }
  request.held_bytes_max = kHeldBytes;
  return request;
}

Answer TooMany(const char* what) {
  Answer answer = Answer::Problem(
      429,
      "E-CON-019",
      fmt::format("enough {} are running already", what),
      "wait for one to end, or close a page that searches"
  );
  answer.body["error"]["retry_after_s"] = 5;
  return answer;
}

// All that one scan needs, and nobody else has.
struct Search {
  ScanRequest request;
  std::unique_ptr<kafka::RecordStream> stream;
  std::shared_ptr<browse::Schemas> schemas;
};

Result<std::shared_ptr<Search>> SearchOf(KafkaPages& pages, const Call& call) {
  auto search = std::make_shared<Search>();
  search->request = ROWHOUSE_TRY(RequestOf(call));
  const auto client = ROWHOUSE_TRY(pages.clusters().Find(call.path["c"]));
  search->stream = ROWHOUSE_TRY(client->Open(call.path["t"], Deadline::After(kAnswer)));
  search->schemas = ROWHOUSE_TRY(client->Decoder());
  return search;
}

void Run(Search& search, ScanViewer& viewer) {
  viewer.Finish(browse::Scan(search.request, *search.stream, *search.schemas, viewer, viewer.stop())
  );
}

Answer ScanAsEvents(KafkaPages& pages, const Call& call) {
  if (pages.scans().Full()) {
    return TooMany("searches");
  }
  auto search = SearchOf(pages, call);
  if (!search) {
    return Answer::Of(search.error());
  }
  auto opened = OpenEvents(call, {.queue_bytes_max = kStreamBytes});
  if (!opened) {
    return Answer::Of(opened.error());
  }
  pages.scans().Start([search = *std::move(search),
                       stream = *std::move(opened),
                       &access = pages.access(),
                       request = call.request](const std::stop_token& stop) {
    PageViewer viewer(stop, stream, search->request.live, access, request);
    Run(*search, viewer);
  });
  return Answer::Sent();
}

// Counts one scan on a worker.
class OnWorker {
 public:
  explicit OnWorker(std::atomic<int>& count) : count_(count), number_(++count) {}

  ~OnWorker() {
    --count_;
    ReturnFreeHeap();
  }

  OnWorker(const OnWorker&) = delete;
  OnWorker& operator=(const OnWorker&) = delete;

  bool TooMany() const { return number_ > kOnWorkersMost; }

 private:
  std::atomic<int>& count_;
  const int number_;
};

Answer ScanAsLines(KafkaPages& pages, const Call& call) {
  const OnWorker slot(pages.on_workers());
  if (slot.TooMany()) {
    return TooMany("searches");
  }
  const auto search = SearchOf(pages, call);
  if (!search) {
    return Answer::Of(search.error());
  }
  (*search)->request.time_max = kWorkerTime;
  call.response.SetHeader("Content-Type", "application/x-ndjson");
  call.response.SetHeader("Cache-Control", "no-store");
  LinesViewer viewer(call.response, (*search)->request.live);
  Run(**search, viewer);
  return Answer::Sent();
}

Answer Export(KafkaPages& pages, const Call& call) {
  if (!pages.allow_export()) {
    return Answer::Problem(
        403, "E-CON-020", "exports are switched off", "set console.allow_export: true"
    );
  }
  const OnWorker slot(pages.on_workers());
  if (slot.TooMany()) {
    return TooMany("exports");
  }
  const auto search = SearchOf(pages, call);
  if (!search) {
    return Answer::Of(search.error());
  }
  ScanRequest& request = (*search)->request;
  request.live = false;
  request.detail = ScanRequest::Detail::kMessage;
  request.time_max = kWorkerTime;
  const bool csv = call.Query("format") == "csv";
  call.response.SetHeader("Content-Type", csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
  call.response.SetHeader("Cache-Control", "no-store");
  // A topic's name has no character that would need an escape here.
  call.response.SetHeader(
      "Content-Disposition",
      fmt::format("attachment; filename=\"{}.{}\"", call.path["t"], csv ? "csv" : "ndjson")
  );
  FileViewer viewer(call.response, csv ? FileViewer::Format::kCsv : FileViewer::Format::kLines);
  viewer.Begin();
  Run(**search, viewer);
  return Answer::Sent();
}

Answer RawPart(const browse::Look& look, const Call& call) {
  const bool key = call.Query("part") == "key";
  call.response.SetHeader("Content-Type", "application/octet-stream");
  call.response.SetHeader("Cache-Control", "no-store");
  call.response.SetHeader(
      "Content-Disposition",
      fmt::format(
          "attachment; filename=\"{}-{}-{}.{}\"",
          call.path["t"],
          call.path["partition"],
          call.path["offset"],
          key ? "key" : "value"
      )
  );
  // A client that has gone does not need it.
  (void)call.response.Send((key ? look.key : look.value).value_or(""));
  return Answer::Sent();
}

Answer OneRecord(KafkaPages& pages, const Call& call) {
  const auto partition = static_cast<int32_t>(call.PathNumber("partition"));
  const int64_t offset = call.PathNumber("offset");
  const auto client = pages.clusters().Find(call.path["c"]);
  if (!client) {
    return Answer::Of(client.error());
  }
  const auto schemas = (*client)->Decoder();
  if (!schemas) {
    return Answer::Of(schemas.error());
  }
  auto look = (*client)->LookAtRecord(call.path["t"], partition, offset, Deadline::After(kAnswer));
  if (!look) {
    return Answer::Of(look.error());
  }
  if (!*look) {
    return Answer::Problem(
        404,
        "E-CON-009",
        fmt::format("partition {} has no record at offset {}", partition, offset),
        "compaction or a transaction's mark took the offset; look at those beside it"
    );
  }
  if (call.Query("raw") == "1") {
    return RawPart(**look, call);
  }
  browse::NameSchemas((*look)->message, call.path["t"], **schemas);
  std::string text;
  browse::AppendJson((*look)->message, call.path["t"], (*look)->neighbours, text);
  call.response.SetHeader("Content-Type", "application/json");
  call.response.SetHeader("Cache-Control", "no-store");
  (void)call.response.Send(text + "\n");
  return Answer::Sent();
}

}  // namespace

void AddMessageRoutes(ConsoleRoutes& routes, const PagesPtr& pages) {
  const std::string topic = "/api/v1/clusters/{c}/topics/{t}";
  routes.Add(
      Role::kViewer,
      "GET",
      topic + "/messages",
      {.summary = "Search a topic's messages",
       .query = ScanFields(),
       .gives = RouteDoc::Gives::kEvents},
      [pages](const Call& call) {
        const std::string_view accept = call.request.headers.Get("Accept");
        return accept.find("ndjson") != std::string_view::npos ? ScanAsLines(*pages, call)
                                                               : ScanAsEvents(*pages, call);
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      topic + "/messages/{partition}/{offset}",
      {.summary = "One message, as a whole",
       .query =
           {{.name = "part", .choices = {"key", "value"}},
            {.name = "raw", .doc = "1: the part's bytes", .choices = {"0", "1"}}},
       .path =
           {{.name = "partition", .type = Field::Type::kInteger, .min = 0, .max = INT32_MAX},
            {.name = "offset", .type = Field::Type::kInteger, .min = 0}},
       .also = "application/octet-stream"},
      [pages](const Call& call) { return OneRecord(*pages, call); }
  );
  std::vector<Field> fields = ScanFields();
  fields.push_back({.name = "format", .choices = {"ndjson", "csv"}});
  routes.Add(
      Role::kViewer,
      "GET",
      topic + "/export",
      {.summary = "A topic's messages as a file",
       .query = std::move(fields),
       .gives = RouteDoc::Gives::kText},
      [pages](const Call& call) { return Export(*pages, call); }
  );
}

}  // namespace rowhouse::console
