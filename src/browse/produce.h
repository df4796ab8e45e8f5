#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "browse/cluster_client.h"
#include "kafka/sync_producer.h"

namespace rowhouse::browse {

// A key or value as a person gives it.
struct PartText {
  enum class Format {
    kAuto,  // Avro where the topic's subject has a schema, else the text
    kAvro,
    kJson,  // the text, if it is JSON
    kString,
    kHex,  // bytes: 0x00ff
    kNull,
  };

  Format format = Format::kAuto;
  int32_t schema_id = 0;     // Avro; 0: the newest of the subject
  std::string subject = {};  // Avro; empty: the topic's own
  std::string text = {};
};

// "avro"; nullopt: no such format.
std::optional<PartText::Format> PartFormatOf(std::string_view word);

// A record to be written.
struct RecordText {
  PartText key = {};
  PartText value = {};
  int32_t partition = -1;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// The bytes of a part, in Confluent's frame where it is Avro; nullopt: null. `name`: "key" or
// "value".
//
// Errors: kBadRecord: the text is none of the format, with the field's path (E-KAFKA-007).
//         kNotFound: no such schema, or no registry. kUnavailable.
Result<std::optional<std::string>> MakePart(
    const PartText& part, std::string_view name, const std::string& topic, ClusterClient& cluster
);

// Writes a record and waits for it. kNotFound: no such topic; kBadRecord: no such partition; of
// MakePart.
Result<kafka::RecordPlace> Produce(
    const RecordText& record, const std::string& topic, ClusterClient& cluster, Deadline deadline
);

}  // namespace rowhouse::browse
