#include <string>

#include <fmt/format.h>

#include "alerts/rule.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/grafana.h"
#include "http/client.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAskLimit{5};

Result<ExitCode> Dump(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  http::ClientOptions options;
  options.name = "rowhouse";
  options.url = "http://" + config.console.listen;
  const auto client = ROWHOUSE_TRY(http::Client::Open(std::move(options)));
  http::ClientRequest request;
  request.target = "/metrics";
  request.deadline = Deadline::After(kAskLimit);
  const http::Response response = ROWHOUSE_TRY(client->Send(request));
  if (!response.ok()) {
    return Error(
        ErrorKind::kUnavailable,
        fmt::format("{} answered {} to /metrics", client->place(), response.status)
    );
  }
  Context::Print(response.body);
  return ExitCode::kOk;
}

Result<ExitCode> Rules(Context& context) {
  Context::Print(alerts::PrometheusRules(context.args().Text("runbooks")));
  return ExitCode::kOk;
}

Result<ExitCode> Dashboard(Context& context) {
  const std::string name = context.args().words.empty() ? "overview" : context.args().words.front();
  Context::Print(GrafanaDashboard(name));
  return ExitCode::kOk;
}

}  // namespace

Command MetricsDumpCommand() {
  return {
      .name = "metrics dump",
      .group = "Learn",
      .summary = "the metrics of the running process, as Prometheus reads them",
      .examples = {"rowhouse metrics dump -c rowhouse.yaml | grep lag"},
      .run = Dump};
}

Command MetricsRulesCommand() {
  return {
      .name = "metrics rules",
      .group = "Learn",
      .summary = "the alert rules as a file for Prometheus",
      .examples =
          {"rowhouse metrics rules > rowhouse.rules.yml",
           "rowhouse metrics rules --runbooks https://wiki.example.com/rowhouse/manual"},
      .options =
          {{.name = "runbooks",
            .value = "URL",
            .doc = "where you serve the manual: each rule's runbook_url leads there"}},
      .run = Rules};
}

Command MetricsDashboardCommand() {
  return {
      .name = "metrics dashboard",
      .group = "Learn",
      .summary = "a dashboard for Grafana: overview, tables or sink",
      .examples =
          {"rowhouse metrics dashboard overview > overview.json",
           "rowhouse metrics dashboard sink > sink.json"},
      .words = "NAME",
      .words_count = Words::kOptional,
      .word_choices = {"overview", "tables", "sink"},
      .run = Dashboard};
}

}  // namespace rowhouse::cli
