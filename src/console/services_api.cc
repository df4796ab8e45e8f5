#include "console/services_api.h"

#include <algorithm>
#include <fstream>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::console {
namespace {

constexpr int64_t kLinesUsual = 500;
constexpr int64_t kLinesMax = 5000;
constexpr size_t kDownloadPiece = size_t{64} << 10;
constexpr milliseconds kFollowEvery{500};
constexpr int64_t kMaxPlace = int64_t{1} << 53;

const std::vector<Field>& FilterFields() {
  static const std::vector<Field> fields = {
      {.name = "search", .doc = "lines with this text, no case"},
      {.name = "level",
       .doc = "this level or worse",
       .choices = {"error", "warn", "info", "debug"}}};
  return fields;
}

LogFilter FilterOf(const Call& call) {
  return {call.Query("search"), call.Query("level")};
}

Json ResidentBytes(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  int64_t size = 0;
  int64_t resident = 0;
  if (pid == 0 || !(file >> size >> resident)) {
    return nullptr;
  }
  return resident * sysconf(_SC_PAGESIZE);
}

bool HasLog(const ServiceFacts& service) {
  return service.log_of_process || !service.log_file.empty();
}

Json JsonOf(const ServiceFacts& service) {
  return {
      {"name", service.name},
      {"kind", service.kind},
      {"state", service.state},
      {"managed", service.managed},
      {"address", service.address},
      {"version", service.version},
      {"pid", service.pid == 0 ? Json(nullptr) : Json(service.pid)},
      {"since", TimeOf(service.since_us)},
      {"restarts", service.restarts},
      {"rss_bytes", ResidentBytes(service.pid)},
      {"note", service.note},
      {"code", service.code},
      {"fix", service.fix},
      {"has_log", HasLog(service)}};
}

Json JsonOf(const std::vector<LogLine>& lines) {
  Json json = Json::array();
  for (const LogLine& line : lines) {
    json.push_back(
        {{"n", line.place}, {"at", TimeOf(line.at_us)}, {"level", line.level}, {"text", line.text}}
    );
  }
  return json;
}

Result<ServiceFacts> Find(const ServiceDesk& desk, const std::string& name) {
  const std::vector<ServiceFacts> services = desk.list();
  const auto at = std::ranges::find(services, name, &ServiceFacts::name);
  if (at == services.end()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no service {}", name))
        .WithHint("GET /api/v1/services lists them");
  }
  return *at;
}

Result<std::shared_ptr<const LogText>> LogOf(const ServiceDesk& desk, const std::string& name) {
  const ServiceFacts service = ROWHOUSE_TRY(Find(desk, name));
  if (!HasLog(service)) {
    return Error(
               ErrorKind::kNotFound,
               fmt::format("the log of {} is not on this machine's side", service.name)
    )
        .WithHint("it is a server of its own: look at its log where it runs");
  }
  return std::shared_ptr<const LogText>(
      service.log_file.empty() ? LogOfProcess() : LogOfFile(service.log_file)
  );
}

Result<Json> Page(const ServiceDesk& desk, const Call& call) {
  const auto log = ROWHOUSE_TRY(LogOf(desk, call.path["service"]));
  const auto before = static_cast<uint64_t>(call.QueryNumber("before", kMaxPlace));
  const auto lines = static_cast<size_t>(call.QueryNumber("lines", kLinesUsual));
  const LogPage page = ROWHOUSE_TRY(ReadLogBefore(*log, before, lines, FilterOf(call)));
  return Json{{"lines", JsonOf(page.lines)}, {"more", page.more}, {"next", page.begin}};
}

// The log as it is now; what is written meanwhile is left out.
Answer Download(const ServiceDesk& desk, const Call& call) {
  const std::string& name = call.path["service"];
  const auto log = LogOf(desk, name);
  if (!log) {
    return Answer::Of(log.error());
  }
  const auto [begin, end] = (*log)->Range();
  call.response.SetHeader("Content-Type", "text/plain; charset=utf-8");
  call.response.SetHeader(
      "Content-Disposition", fmt::format("attachment; filename=\"{}.log\"", name)
  );
  for (uint64_t at = begin; at < end;) {
    const auto piece =
        (*log)->Read(at, static_cast<size_t>(std::min<uint64_t>(kDownloadPiece, end - at)));
    if (!piece || piece->empty()) {
      call.response.Abort();  // it was cut or moved away: no half for the whole
      return Answer::Sent();
    }
    if (!call.response.Write(*piece)) {
      return Answer::Sent();
    }
    at += piece->size();
  }
  if (begin == end) {
    (void)call.response.Send("");
  }
  return Answer::Sent();
}

Answer Restart(const ServiceDesk& desk, const Call& call) {
  const std::string& name = call.path["service"];
  const auto service = Find(desk, name);
  if (!service) {
    return Answer::Of(service.error());
  }
  if (!service->managed) {
    return Answer::Problem(
        409,
        "E-CON-012",
        fmt::format("{} is not started by this process, so it can't restart it", name),
        "restart it where it is run"
    );
  }
  auto refusal = Unconfirmed(
      call, name, "it is stopped and started again; what depends on it waits, and no row is lost"
  );
  if (refusal) {
    return *std::move(refusal);
  }
  const Status asked = desk.restart(name);
  return asked ? Answer::Of({{"state", "starting"}}, 202) : Answer::Of(asked.error());
}

void AddLog(Console& console, const std::shared_ptr<const ServiceDesk>& desk) {
  ConsoleRoutes& routes = console.routes();
  std::vector<Field> query = FilterFields();
  query.push_back(
      {.name = "lines",
       .type = Field::Type::kInteger,
       .doc = "at most; 500",
       .min = 1,
       .max = kLinesMax}
  );
  query.push_back(
      {.name = "before",
       .type = Field::Type::kInteger,
       .doc = "lines before this place: the oldest line's n, or next",
       .min = 0,
       .max = kMaxPlace}
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/services/{service}/log",
      {.summary = "The last lines of a service's log", .query = std::move(query)},
      [desk](const Call& call) { return AnswerOf(Page(*desk, call)); }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/services/{service}/log/download",
      {.summary = "A service's log", .gives = RouteDoc::Gives::kText},
      [desk](const Call& call) { return Download(*desk, call); }
  );
  if (console.live() == nullptr) {
    return;
  }
  console.live()->AddOwn(
      routes,
      Role::kViewer,
      "/api/v1/services/{service}/log/live",
      {.summary = "A service's log as it is written", .query = FilterFields()},
      "lines",
      kFollowEvery,
      [desk](const Call& call) -> Result<LiveFeeds::Tale> {
        auto log = ROWHOUSE_TRY(LogOf(*desk, call.path["service"]));
        const auto tail = std::make_shared<LogTail>(std::move(log), FilterOf(call));
        return LiveFeeds::Tale([tail] {
          const std::vector<LogLine> lines = tail->Next();
          return lines.empty() ? Json(nullptr) : JsonOf(lines);
        });
      }
  );
}

}  // namespace

void AddServices(Console& console, ServiceDesk desk) {
  const auto shared = std::make_shared<const ServiceDesk>(std::move(desk));
  ConsoleRoutes& routes = console.routes();
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/services",
      {.summary = "All parts of the pipeline: servers, and what runs in this process"},
      [shared](const Call&) {
        Json items = Json::array();
        for (const ServiceFacts& service : shared->list()) {
          items.push_back(JsonOf(service));
        }
        const size_t total = items.size();
        return Answer::Of({{"items", std::move(items)}, {"next", nullptr}, {"total", total}});
      }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/services/{service}/restart",
      {.summary = "Stop a server that this process manages, and start it again",
       .body = {{.name = "confirm", .doc = "the service's name"}},
       .success = 202},
      [shared](const Call& call) { return Restart(*shared, call); }
  );
  AddLog(console, shared);
}

}  // namespace rowhouse::console
