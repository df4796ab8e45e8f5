#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/event_log.h"
#include "model/ports.h"

namespace rowhouse::kafka {

// Why these options ask for librdkafka's producer: what our own (WireEventLog) has not. Empty
// where ours does.
std::string NeedsLibrdkafka(const EventLogOptions& options);

// The event log for these options, on the producer that can do what they ask for. Transactions are
// our own's only: kConfig where it can't log in so, and kafka.properties do not concern it.
Result<std::unique_ptr<EventLog>> OpenEventLog(
    const EventLogOptions& options, AckListener* listener
);

}  // namespace rowhouse::kafka
