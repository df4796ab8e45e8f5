#include <utility>

#include <fmt/format.h>

#include "sink/kafka_engine.h"

namespace rowhouse::sink {

namespace {

using clickhouse::Evolution;
using clickhouse::PlannedChange;
using Actions = std::vector<clickhouse::SetupAction>;

constexpr seconds kRecent{60};  // a consumer that goes on has no newer trouble than this

// What happened, out of ClickHouse's text of an exception: neither its class nor its stack.
std::string ReasonOf(std::string_view text) {
  constexpr std::string_view kWhat = "e.what() = ";
  if (const size_t what = text.find(kWhat); what != std::string_view::npos) {
    text.remove_prefix(what + kWhat.size());
  }
  text = text.substr(0, text.find(", Stack trace"));
  return std::string(text.substr(0, text.find('\n')));
}

// Objects over HTTP.
class ClickHouseObjects : public Objects {
 public:
  explicit ClickHouseObjects(std::unique_ptr<clickhouse::Client> client)
      : client_(std::move(client)), setup_(*client_) {}

  Status Adapt(clickhouse::PipelineOptions& options) override {
    return clickhouse::AdaptTo(*client_, options);
  }

  Result<std::vector<Result<Evolution>>> Plan(
      const std::vector<PlannedChange>& changes, const clickhouse::PipelineOptions& options
  ) override {
    return setup_.Plan(changes, options);
  }

  Result<Actions> Apply(const std::vector<clickhouse::TablePipeline>& pipelines) override {
    return setup_.Apply(pipelines);
  }

  Result<std::string> WhyReload(const Evolution& evolution) override {
    return setup_.WhyReload(evolution);
  }

  Result<Actions> Follow(const Evolution& evolution, RowVersion at, const std::stop_token& stop)
      override {
    setup_.StopWith(stop);
    return setup_.Follow(evolution, at);
  }

  std::vector<std::string> Rewrites() const override { return setup_.rewrites(); }

  Status Log(
      const clickhouse::PipelineOptions& options, const std::vector<clickhouse::DdlLogRow>& rows
  ) override {
    return setup_.Log(options, rows);
  }

  Status Drop(const clickhouse::TablePipeline& pipeline) override { return setup_.Drop(pipeline); }

  Status DropQueue(const clickhouse::PipelineOptions& options, const TableId& table) override {
    return setup_.DropQueue(options, table);
  }

  Result<std::vector<QueueSight>> Queues(const std::string& database) override {
    const auto rows = ROWHOUSE_TRY(client_->Query(fmt::format(
        "SELECT table, min(dead), max(if(dead OR newest < now() - {}, '', text)) FROM (SELECT "
        "table, empty(`assignments.current_offset`) AND arrayExists(t -> position(t, 'Fatal "
        "error') > 0, `exceptions.text`) AS dead, arrayMax(`exceptions.time`) AS newest, "
        "`exceptions.text`[indexOf(`exceptions.time`, newest)] AS text FROM "
        "system.kafka_consumers WHERE database = {}) GROUP BY table",
        kRecent.count(),
        clickhouse::QuoteText(database)
    )));
    std::vector<QueueSight> queues;
    for (const clickhouse::Row& row : rows) {
      queues.push_back(
          {row[0].value_or(""), row[1].value_or("") == "1", ReasonOf(row[2].value_or(""))}
      );
    }
    return queues;
  }

 private:
  const std::unique_ptr<clickhouse::Client> client_;
  clickhouse::Setup setup_;
};

}  // namespace

Result<std::unique_ptr<Objects>> OpenClickHouse(const clickhouse::ClientOptions& options) {
  auto client = ROWHOUSE_TRY(clickhouse::Client::Open(options));
  return std::unique_ptr<Objects>(std::make_unique<ClickHouseObjects>(std::move(client)));
}

}  // namespace rowhouse::sink
