#include <string>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/console_client.h"
#include "cli/context.h"
#include "cli/doctor.h"
#include "cli/source_tables.h"
#include "cli/tar.h"
#include "cli/version.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr seconds kAskLimit{15};
constexpr size_t kFileMost = size_t{16} << 20;

// What the running process is asked for, and the file it becomes.
constexpr std::pair<const char*, const char*> kAnswers[] = {
    {"overview.json", "/api/v1/overview"},
    {"series.json",
     "/api/v1/series?names=events_per_s,records_per_s,rows_per_s,lag_s,freshness_s,rss_bytes,cpu"
     "&range=1h"},
    {"tables.json", "/api/v1/tables"},
    {"schema-changes.json", "/api/v1/schema-changes"},
    {"loads.json", "/api/v1/loads"},
    {"verify.json", "/api/v1/verify"},
    {"dead-letters.json", "/api/v1/dead-letters"},
    {"backfills.json", "/api/v1/backfills"},
    {"alerts.json", "/api/v1/alerts"},
    {"settings.json", "/api/v1/settings"},
    {"topics.json", "/api/v1/clusters/local/topics"},
    {"groups.json", "/api/v1/clusters/local/groups"},
    {"metrics.txt", "/metrics"},
};

// The files, with secrets of the configuration masked wherever they stand.
class Bundle {
 public:
  explicit Bundle(const config::Config& config) : config_(config) {}

  void Add(const std::string& name, std::string content) {
    if (content.size() > kFileMost) {
      content.erase(0, content.size() - kFileMost);
    }
    names_ += "  " + name + "\n";
    tar_.Add("rowhouse-support/" + name, MaskSecrets(std::move(content), config_), now_us_);
  }

  // The answer, or why there is none.
  std::string Ask(const std::string& target) const {
    const auto answer = AskConsole(config_, "GET", target, "", Deadline::After(kAskLimit));
    if (!answer) {
      return answer.error().ToString() + "\n";
    }
    return answer->ok() ? answer->body
                        : fmt::format("status {}\n{}\n", answer->status, answer->body);
  }

  const std::string& names() const { return names_; }

  std::string Finish() { return tar_.Finish(); }

 private:
  const config::Config& config_;
  const int64_t now_us_ = Clock::Real().WallMicros();
  TarGz tar_;
  std::string names_;
};

// The end of each service's log.
void AddLogs(Bundle& bundle, const std::string& services) {
  const Json json = Json::parse(services, nullptr, false);
  if (!json.is_object() || !json.contains("items")) {
    return;
  }
  for (const Json& service : json["items"]) {
    const std::string name = service.value("name", "");
    if (service.value("has_log", false) && name.find('/') == std::string::npos) {
      bundle.Add(
          "logs/" + name + ".json", bundle.Ask("/api/v1/services/" + name + "/log?lines=2000")
      );
    }
  }
}

Result<ExitCode> MakeBundle(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const std::string file = context.args().Text("file", "rowhouse-support.tar.gz");
  Bundle bundle(config);
  bundle.Add("version.txt", Version() + "\n");
  bundle.Add("doctor.txt", FindingsText(Examine(config)));
  for (const auto& [name, target] : kAnswers) {
    bundle.Add(name, bundle.Ask(target));
  }
  const std::string services = bundle.Ask("/api/v1/services");
  bundle.Add("services.json", services);
  AddLogs(bundle, services);
  ::umask(077);  // it is for whoever made it
  ROWHOUSE_TRY(WriteFileAtomically(file, bundle.Finish()));
  Context::Print(fmt::format(
      "{}\n{}Passwords of the configuration are masked. Logs and dead letters may hold values of "
      "rows: "
      "look through it before you give it away.\n",
      file,
      bundle.names()
  ));
  return ExitCode::kOk;
}

}  // namespace

Command SupportCommand() {
  return {
      .name = "support bundle",
      .group = "Learn",
      .summary = "what somebody who helps wants to see, in one file; passwords masked",
      .examples =
          {"rowhouse support bundle -c rowhouse.yaml",
           "rowhouse support bundle --file /tmp/rowhouse.tar.gz"},
      .options =
          {{.name = "file", .value = "FILE", .doc = "where to write [rowhouse-support.tar.gz]"}},
      .run = MakeBundle};
}

}  // namespace rowhouse::cli
