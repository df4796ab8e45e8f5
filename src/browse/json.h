#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "browse/message.h"
#include "browse/node.h"
#include "browse/scan.h"

// What is browsed as the console's JSON (docs/design/console.md, Kafka), appended to a text: no
// tree is built of what may be a megabyte. Every value out of a record is text in it.
namespace rowhouse::browse {

void AppendJson(const Row& row, std::string& out);
void AppendJson(const Node& node, std::string& out);
void AppendJson(const ScanProgress& progress, std::string& out);

// The records beside one, where there are such.
struct Neighbours {
  std::optional<int64_t> previous;
  std::optional<int64_t> next;
};

void AppendJson(
    const Message& message, const std::string& topic, const Neighbours& neighbours, std::string& out
);

// One message as a line for programs, as `rowhouse consume -o json` and exports have it: key and
// value are JSON where they are decoded, so that no digit is lost.
void AppendJsonLine(const Message& message, std::string& out);

// One message as a line of CSV (RFC 4180), and the names of its columns.
inline constexpr const char* kCsvHead = "partition,offset,time,op,key,value\r\n";
void AppendCsvLine(const Message& message, std::string& out);

}  // namespace rowhouse::browse
