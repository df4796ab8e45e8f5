#include "browse/produce.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "avro/wire.h"
#include "base/buffer.h"
#include "browse/avro_write.h"
#include "browse/json_tree.h"
#include "browse/scalar_write.h"
#include "kafka/admin.h"
#include "model/topic.h"
#include "registry/catalog.h"

namespace rowhouse::browse {

namespace {

using Format = PartText::Format;

constexpr auto kFormats = std::to_array<std::pair<std::string_view, Format>>(
    {{"auto", Format::kAuto},
     {"avro", Format::kAvro},
     {"json", Format::kJson},
     {"string", Format::kString},
     {"hex", Format::kHex},
     {"null", Format::kNull}}
);

std::string SubjectOf(const PartText& part, std::string_view name, const std::string& topic) {
  return !part.subject.empty() ? part.subject
         : name == "key"       ? KeySubject(topic)
                               : ValueSubject(topic);
}

// 0: the subject has none, or there is no registry.
Result<int32_t> NewestId(const std::string& subject, ClusterClient& cluster) {
  auto client = cluster.Registry();
  if (!client && client.error().kind() == ErrorKind::kNotFound) {
    return 0;
  }
  registry::Catalog catalog(ROWHOUSE_TRY(std::move(client)));
  const auto newest = catalog.Version(subject, 0);
  if (!newest && newest.error().kind() == ErrorKind::kNotFound) {
    return 0;
  }
  return ROWHOUSE_TRY(newest).id;
}

Result<std::string> MakeAvro(
    const PartText& part, std::string_view name, int32_t id, ClusterClient& cluster
) {
  const auto schemas = ROWHOUSE_TRY(cluster.Decoder());
  const LayoutPtr layout = ROWHOUSE_TRY(schemas->ById(id));
  const std::string value = ROWHOUSE_TRY(WriteAvro(part.text, *layout, name));
  Buffer frame;
  avro::AppendFrame(id, frame);
  return std::string(frame.view()) + value;
}

Error NoSchema(const std::string& subject) {
  return Error(ErrorKind::kNotFound, fmt::format("there is no schema of subject {}", subject))
      .WithHint("name a schema's id or another subject, register one, or write JSON or text");
}

}  // namespace

std::optional<Format> PartFormatOf(std::string_view word) {
  const auto at = std::ranges::find(kFormats, word, [](const auto& known) { return known.first; });
  return at == kFormats.end() ? std::nullopt : std::optional(at->second);
}

Result<std::optional<std::string>> MakePart(
    const PartText& part, std::string_view name, const std::string& topic, ClusterClient& cluster
) {
  using Made = std::optional<std::string>;
  const std::string subject = SubjectOf(part, name, topic);
  const bool named = part.schema_id != 0 || !part.subject.empty();
  switch (part.format) {
    case Format::kNull:
      return Made();
    case Format::kString:
      return Made(part.text);
    case Format::kHex: {
      auto bytes = HexBytes(part.text);
      return bytes ? Result<Made>(std::move(bytes))
                   : Error(ErrorKind::kBadRecord, fmt::format("{}: is no hex: 0x00ff", name));
    }
    case Format::kJson: {
      const auto tree = JsonTree::Parse(part.text);
      return tree ? Result<Made>(part.text)
                  : Error(
                        ErrorKind::kBadRecord, fmt::format("{}: {}", name, tree.error().message())
                    );
    }
    case Format::kAuto:
    case Format::kAvro:
      break;
  }
  const int32_t id =
      part.schema_id != 0 ? part.schema_id : ROWHOUSE_TRY(NewestId(subject, cluster));
  if (id == 0) {
    return part.format == Format::kAuto && !named ? Result<Made>(part.text) : NoSchema(subject);
  }
  return Made(ROWHOUSE_TRY(MakeAvro(part, name, id, cluster)));
}

Result<kafka::RecordPlace> Produce(
    const RecordText& record, const std::string& topic, ClusterClient& cluster, Deadline deadline
) {
  kafka::Admin admin(ROWHOUSE_TRY(cluster.Kafka()));
  const auto places = ROWHOUSE_TRY(admin.Places(topic, deadline));
  if (record.partition >= static_cast<int32_t>(places.size())) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("partition: topic {} has the partitions 0 to {}", topic, places.size() - 1)
    );
  }
  const auto key = ROWHOUSE_TRY(MakePart(record.key, "key", topic, cluster));
  const auto value = ROWHOUSE_TRY(MakePart(record.value, "value", topic, cluster));
  kafka::KafkaOptions options = cluster.options().kafka;
  options.client_id += "-produce";
  options.request_timeout = std::min(options.request_timeout, deadline.Left());
  kafka::SyncProducer producer(options, topic);
  return producer.Put(
      {.key = key, .value = value, .partition = record.partition, .headers = record.headers}
  );
}

}  // namespace rowhouse::browse
