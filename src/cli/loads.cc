#include "cli/loads.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/load_report.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

Result<std::map<std::string, LoadStatus>> Parse(const Json& json) {
  std::map<std::string, LoadStatus> loads;
  for (const Json& t : json.at("tables")) {
    LoadStatus load;
    load.rows = t.at("rows").get<uint64_t>();
    load.rows_estimated = t.at("rows_estimated").get<uint64_t>();
    load.rows_per_second = t.at("rows_per_second").get<double>();
    if (!t.at("eta_seconds").is_null()) {
      load.eta_seconds = t.at("eta_seconds").get<double>();
    }
    load.chunks = t.at("chunks").get<uint64_t>();
    load.text = t.at("text").get<std::string>();
    loads[t.at("table").get<std::string>()] = std::move(load);
  }
  return loads;
}

}  // namespace

std::string LoadsJson(const capture::Progress& progress, int64_t now_us) {
  Json tables = Json::array();
  for (const auto& [id, counters] : progress.Tables()) {
    const capture::LoadCounters& load = counters.load;
    if (!load.running) {
      continue;
    }
    const auto eta = load.EtaSeconds(now_us);
    tables.push_back(
        {{"table", id.ToString()},
         {"rows", load.rows},
         {"rows_estimated", load.rows_estimated},
         {"rows_per_second", load.RowsPerSecond(now_us)},
         {"eta_seconds", eta ? Json(*eta) : Json(nullptr)},
         {"chunks", load.chunks},
         {"text", capture::DescribeLoad(load, now_us)}}
    );
  }
  const Json json = {
      {"schema", "loads/v1"},
      {"tables_to_load", progress.all_loads()},
      {"tables", std::move(tables)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::map<std::string, LoadStatus>> ParseLoads(std::string_view json) {
  try {
    return Parse(Json::parse(json));
  } catch (const Json::exception& e) {
    return Error(ErrorKind::kBadRecord, fmt::format("/api/v1/loads is unreadable: {}", e.what()));
  }
}

}  // namespace rowhouse::cli
