#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "clickhouse/client.h"
#include "config/config.h"
#include "model/table.h"

namespace rowhouse::cli {

// The messages of one table that ClickHouse could not take.
struct DeadLetterCount {
  struct Kind {
    std::string code;  // "CH-33" of ClickHouse's own, "E-…" of ours, or "other"
    uint64_t count = 0;
  };

  TableId table;
  uint64_t messages = 0;
  std::optional<int64_t> first_us;
  std::optional<int64_t> last_us;
  std::string last_error;
  std::vector<Kind> kinds;  // most first
};

// One of them.
struct DeadLetter {
  std::string id;  // stays the same as long as it is kept
  int64_t at_us = 0;
  std::string topic;
  int32_t partition = 0;
  uint64_t offset = 0;
  std::string error;
  std::string value;  // its first bytes; as 0x... where it is no text
};

// Dead letters, as the commands and the console look at them and deal with them.
//
// A table's letters are kept in its T_errors until they are sent again or dropped. Sending again
// puts the same bytes at the end of the same partition: their version says where they belong, so
// they change nothing that has come since; what fails again is filed again.
//
// Threads: one owner. Errors: ClickHouse's and Kafka's; kBadRecord for what is no id.
class DeadLetters {
 public:
  static Result<std::unique_ptr<DeadLetters>> Open(const config::Config& config);

  Result<DeadLetterCount> Count(const TableId& table);

  // Those of `tables` that have any; one question for all of them, and one a table that has.
  Result<std::vector<DeadLetterCount>> CountAll(const std::vector<TableId>& tables);

  // The newest.
  Result<std::vector<DeadLetter>> Read(const TableId& table, size_t limit);

  // Sends those with these ids again (none: all); gives how many. Rows that a load refused came
  // by no message and stay.
  Result<size_t> Retry(const TableId& table, const std::vector<std::string>& ids);

  // How many of these ids (none: of all) there are; 0 where the table is not set up.
  Result<uint64_t> CountChosen(const TableId& table, const std::vector<std::string>& ids);

  // Forgets those with these ids (none: all) that are there now; gives how many.
  Result<uint64_t> Drop(const TableId& table, const std::vector<std::string>& ids);

 private:
  DeadLetters(const config::Config& config, std::unique_ptr<clickhouse::Client> client);

  struct Message {
    std::string topic;
    int32_t partition = 0;
    std::string offset;
    std::string key;  // empty: none
    std::string value;
  };

  std::string ErrorsOf(const TableId& table) const;
  Result<std::string> Now();
  Result<std::vector<Message>> ReadBatch(const std::string& errors, const std::string& where);

  const config::Config& config_;
  const std::unique_ptr<clickhouse::Client> client_;
};

}  // namespace rowhouse::cli
