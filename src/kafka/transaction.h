#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client.h"

// The calls of a transactional producer (KafkaOptions::transactional_id), with our errors.
//
// Threads: one at a time a client, while another serves the client's queue.
// Errors:  kUnavailable with E-KAFKA-005: a newer producer of the id has shut this one out;
//          with E-KAFKA-006: the broker has aborted the transaction as too old; without: the
//          transaction is broken or the coordinator is away. After any but a timeout of Init
//          the client is of no more use.
namespace rowhouse::kafka {

// The id that all producers of a pipeline share, whatever its delivery: who opens one shuts
// the others out.
std::string TransactionalId(std::string_view pipeline);

// Ends what earlier producers of the id have left open, and shuts them out.
Status InitTransactions(const Client& client, Deadline deadline);

Status BeginTransaction(const Client& client);

// Waits as long as the coordinator is away; kCancelled once `stopped` says so, and then the commit
// may still happen.
Status CommitTransaction(const Client& client, const std::function<bool()>& stopped);

// Best effort, so that consumers need not wait for the transaction's timeout.
Status AbortTransaction(const Client& client, Deadline deadline);

// True for the codes by which a broker tells that a newer producer is there.
bool IsFenced(int code);

// E-KAFKA-005, or E-KAFKA-006 where the transaction is older than its timeout: the broker tells
// both the same way.
Error ShutOut(const KafkaOptions& options, int code, milliseconds open_for);

}  // namespace rowhouse::kafka
