#include "config/debezium_transforms.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace rowhouse::config {

namespace {

// Why a transform is not needed, or can't be had, by the last part of its class.
struct TransformReason {
  std::string_view type;
  std::string_view why;
};

constexpr std::string_view kOneTableATopic =
    "a topic is PREFIX.DATABASE.TABLE and holds one table, as the tables in ClickHouse that follow "
    "it do; what shards have in common is a view over their tables there (engine Merge)";
constexpr std::string_view kNoExpressions =
    "rows are not chosen by an expression; tables, columns and operations are: source.tables, "
    "source.columns, format.skip_operations";
constexpr std::string_view kEnvelopeStays = "records are Debezium's envelope, unchanged";
constexpr std::string_view kFlattened =
    "records are Debezium's envelope; the plain rows are ClickHouse's tables, and a consumer of a "
    "topic takes `after`";

constexpr auto kTransforms = std::to_array<TransformReason>({
    {"ExtractNewRecordState", kFlattened},
    {"UnwrapFromEnvelope", kFlattened},
    {"ByLogicalTableRouter", kOneTableATopic},
    {"ToLogicalTopicRouter", kOneTableATopic},
    {"RegexRouter", kOneTableATopic},
    {"TimestampRouter", kOneTableATopic},
    {"ContentBasedRouter", kNoExpressions},
    {"Filter", kNoExpressions},
    {"EventRouter", "an outbox table is captured as any other, into its own topic"},
    {"PartitionRouting", "a record's partition is that of its key, which keeps a row's order"},
    {"TimezoneConverter", "times are Debezium's: UTC, or without a zone as MySQL has them"},
    {"ExtractChangedRecordState", kEnvelopeStays},
    {"HeaderToValue", kEnvelopeStays},
    {"ReadToInsertEvent",
     "a row of a first load is r, which ClickHouse's tables take as an insert"},
    {"SchemaChangeEventFilter", "the topic of schema changes holds those of captured tables only"},
    {"VectorToJson", "a vector is an array of floats, in Avro and in ClickHouse"},
});

std::string_view WhyNoTransform(std::string_view type) {
  const std::string_view last = type.substr(type.rfind('.') + 1);
  const std::string_view of_class = last.substr(0, last.find('$'));
  const auto known = std::ranges::find(kTransforms, of_class, &TransformReason::type);
  return known != kTransforms.end() ? known->why
                                    : "there are no transforms; records are Debezium's envelope";
}

}  // namespace

void TellTransforms(
    const std::vector<std::string>& names,
    const std::map<std::string, std::string>& options,
    Translation& out
) {
  for (const std::string& name : names) {
    const auto type = options.find(fmt::format("transforms.{}.type", name));
    const bool typed = type != options.end();
    out.no_equivalent.push_back(fmt::format(
        "{}: {}: {}",
        typed ? type->first : "transforms",
        typed ? type->second : name,
        WhyNoTransform(typed ? type->second : "")
    ));
  }
}

}  // namespace rowhouse::config
