#include "trace/json.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace rowhouse::trace {

namespace {

using Json = nlohmann::ordered_json;

Json NodeJson(const browse::Node& node) {
  using Kind = browse::Node::Kind;
  Json json;
  if (node.is_null()) {
    return {{"t", "null"}};
  }
  if (node.kind == Kind::kScalar) {
    json = {{"t", node.type}, {"v", node.text}};
    if (node.raw) {
      json["raw"] = *node.raw;
    }
    return json;
  }
  if (node.kind == Kind::kList) {
    json = {{"t", "array"}, {"i", Json::array()}};
    for (const browse::Node& item : node.items) {
      json["i"].push_back(NodeJson(item));
    }
    return json;
  }
  json = {{"t", node.type == "map" ? "map" : "record"}, {"f", Json::array()}};
  for (const auto& [name, field] : node.fields) {
    json["f"].push_back(Json::array({name, NodeJson(field)}));
  }
  return json;
}

Json OptionalNode(const std::optional<browse::Node>& node) {
  return node ? NodeJson(*node) : Json();
}

Json HopsJson(const Way& way) {
  Json hops = Json::array();
  for (const Hop& hop : HopsOf(way)) {
    hops.push_back(
        {{"hop", HopName(hop.kind)},
         {"reached", hop.reached},
         {"at", hop.at_us ? Json(FormatUtc(*hop.at_us)) : Json()},
         {"since_ms", hop.since_us ? Json(static_cast<double>(*hop.since_us) / 1000) : Json()},
         {"place", hop.place}}
    );
  }
  return hops;
}

}  // namespace

Json ToJson(const Trace& trace) {
  Json json = {
      {"schema", "trace/v1"},
      {"table", trace.table},
      {"pk", trace.pk},
      {"changes", Json::array()},
      {"source_row", OptionalNode(trace.source_row)},
      {"target_row", OptionalNode(trace.target_row)},
      {"equal", trace.equal ? Json(*trace.equal) : Json()},
      {"note", trace.note}};
  for (const Change& change : trace.changes) {
    json["changes"].push_back(
        {{"table", change.table},
         {"pk", KeyText(change)},
         {"op", change.op},
         {"gtid", change.gtid},
         {"version", change.version.ToHex()},
         {"hops", HopsJson(change.way)},
         {"before", OptionalNode(change.before)},
         {"after", OptionalNode(change.after)}}
    );
  }
  return json;
}

}  // namespace rowhouse::trace
