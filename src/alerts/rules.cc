#include "alerts/rule.h"

namespace rowhouse::alerts {

using std::chrono::hours;
using std::chrono::minutes;
using Condition = Rule::Condition;

namespace {

constexpr double kMegabyte = 1 << 20;
constexpr double kWeek = 7 * 86'400;

// Limits are starting points: 30 s and 5 min of lag are what people commonly page on.
constexpr Rule kRules[] = {
    {.name = "RowhousePartDown",
     .severity = Severity::kPage,
     .condition = Condition::kBelow,
     .metric = &metrics::kPartUp,
     .limit = 1,
     .lasting = minutes(1),
     .says = "{what} does not answer",
     .why = "Nothing is lost: the pipeline waits and goes on where it was. Rows in ClickHouse get "
            "older until then.",
     .fix = "Start it again, or look at its log and at the network; `rowhouse doctor` names the "
            "step that fails."},
    {.name = "RowhouseSourceDisconnected",
     .severity = Severity::kPage,
     .condition = Condition::kBelow,
     .metric = &metrics::kSourceConnected,
     .limit = 1,
     .lasting = minutes(2),
     .says = "the change stream is not connected",
     .why = "New changes are not read. They stay in the source's binary log for as long as it is "
            "kept.",
     .fix = "See the log for the last error; `rowhouse doctor` checks account, grants and binary "
            "log."},
    {.name = "RowhouseLagCritical",
     .severity = Severity::kPage,
     .condition = Condition::kAbove,
     .metric = &metrics::kSourceLagSeconds,
     .limit = 300,
     .lasting = minutes(5),
     .says = "capture is {value} s behind the source",
     .why = "What is read in ClickHouse is minutes old.",
     .fix = "`rowhouse lag --stages` names the slow stage; a large transaction or a load under way "
            "passes by itself."},
    {.name = "RowhouseLagHigh",
     .condition = Condition::kAbove,
     .metric = &metrics::kSourceLagSeconds,
     .limit = 30,
     .lasting = minutes(5),
     .says = "capture is {value} s behind the source",
     .why = "What is read in ClickHouse is older than usual.",
     .fix = "`rowhouse lag --stages` names the slow stage."},
    {.name = "RowhouseBinlogLost",
     .severity = Severity::kPage,
     .condition = Condition::kAboveShareOf,
     .metric = &metrics::kSourceLagSeconds,
     .limit = 0.8,
     .of = &metrics::kSourceRetention,
     .says = "the source will soon purge binary log that has not been read ({value} s behind)",
     .why = "A purged position is the one fault that only loading the tables again heals.",
     .fix = "Raise binlog_expire_logs_seconds on the source now, then look for why capture lags."},
    {.name = "RowhouseBinlogAtRisk",
     .condition = Condition::kAboveShareOf,
     .metric = &metrics::kSourceLagSeconds,
     .limit = 0.5,
     .of = &metrics::kSourceRetention,
     .says = "half of the time that the source keeps its binary log is used up ({value} s behind)",
     .why = "Capture must catch up before the source purges what it has not read.",
     .fix = "Raise binlog_expire_logs_seconds on the source, and look for why capture lags."},
    {.name = "RowhouseTableFailed",
     .condition = Condition::kAbove,
     .metric = &metrics::kTableState,
     .label = "state",
     .value = "failed",
     .limit = 0,
     .lasting = minutes(1),
     .says = "{what} is parked",
     .why = "Its changes are not followed; the other tables go on.",
     .fix = "`rowhouse status` says why; when that is mended, `rowhouse resync {what}` loads it "
            "again."},
    {.name = "RowhouseChangesLeftOut",
     .condition = Condition::kAbove,
     .metric = &metrics::kTableLeftOut,
     .limit = 0,
     .says = "{what} lacks changes that were skipped",
     .why = "Rows that they changed may be wrong in ClickHouse.",
     .fix = "`rowhouse verify {what} --repair` mends the rows and ends this."},
    {.name = "RowhouseFreshness",
     .condition = Condition::kAbove,
     .metric = &metrics::kFreshness,
     .limit = 60,
     .lasting = minutes(2),
     .unless = "paused",
     .says = "messages of {what} wait in Kafka since {value} s",
     .why = "ClickHouse does not read the table's topic, or is slower than it grows.",
     .fix = "Look at the table's queue: system.kafka_consumers in ClickHouse has the last "
            "exception."},
    {.name = "RowhouseMessagesAtRisk",
     .severity = Severity::kPage,
     .condition = Condition::kAbove,
     .metric = &metrics::kRetentionUsed,
     .limit = 0.5,
     .says = "Kafka will soon delete messages of {what} that ClickHouse has not read",
     .why = "Half of the time that its topic keeps them is used up; what is deleted unread is "
            "missing in ClickHouse until the table is loaded again.",
     .fix = "`rowhouse resume {what}` where it is paused, else look at its queue in "
            "system.kafka_consumers; raise retention.ms of its topic meanwhile."},
    {.name = "RowhouseThroughputDrop",
     .condition = Condition::kFallsBelowDay,
     .metric = &metrics::kKafkaAcknowledged,
     .limit = 0.2,
     .lasting = minutes(5),
     .window = minutes(10),
     .also = {&metrics::kSourceLagBytes, kMegabyte},
     .says = "records flow at less than a fifth of their usual rate",
     .why = "The source has more to give, so it is not just a quiet hour.",
     .fix = "`rowhouse lag --stages` names the slow stage."},
    {.name = "RowhouseDeadLetters",
     .condition = Condition::kRises,
     .metric = &metrics::kDeadLetters,
     .limit = 0,
     .window = minutes(10),
     .says = "{value} messages of {what} did not parse",
     .why = "They are kept with their bytes, and are missing in the current rows.",
     .fix = "`rowhouse dlq show {what}` has the reason; `rowhouse dlq retry {what}` once it is "
            "mended."},
    {.name = "RowhouseRestarts",
     .condition = Condition::kRises,
     .metric = &metrics::kRestarts,
     .limit = 3,
     .window = minutes(10),
     .says = "{what} was started {value} times in ten minutes",
     .why = "It goes on from its checkpoint each time, but does not get far.",
     .fix = "The log has the error that ended it."},
    {.name = "RowhouseCheckpointOld",
     .condition = Condition::kAbove,
     .metric = &metrics::kCheckpointAge,
     .limit = 120,
     .lasting = minutes(2),
     .also = {&metrics::kSourceLagBytes, kMegabyte},
     .says = "the position was last saved {value} s ago",
     .why = "A crash now would read all since then again; nothing is lost or doubled by it.",
     .fix = "Kafka does not acknowledge: look at its log and its disks."},
    {.name = "RowhouseTooManyParts",
     .condition = Condition::kAbove,
     .metric = &metrics::kSinkParts,
     .limit = 300,
     .lasting = minutes(10),
     .says = "{what} has {value} active parts in ClickHouse",
     .why = "ClickHouse slows inserts down, and refuses them at its limit.",
     .fix = "Raise sink.flush_interval, or look for why merges are slow (system.merges, disk)."},
    {.name = "RowhouseVerifyMismatch",
     .severity = Severity::kPage,
     .condition = Condition::kAbove,
     .metric = &metrics::kVerifyDiffering,
     .limit = 0,
     .says = "{value} rows of {what} differ between MySQL and ClickHouse",
     .why = "What is read in ClickHouse is wrong there.",
     .fix = "`rowhouse verify {what} --mode rows` names them, `--repair` reads them again."},
    {.name = "RowhouseVerifyStale",
     .condition = Condition::kOlderThan,
     .metric = &metrics::kVerifyTime,
     .limit = kWeek,
     .says = "the last comparison of both sides is older than a week",
     .why = "verify.every is set, and its passes do not end.",
     .fix = "The log says why a pass failed."},
};

}  // namespace

std::span<const Rule> AllRules() {
  return kRules;
}

std::string_view SeverityName(Severity severity) {
  return severity == Severity::kPage ? "page" : "warn";
}

}  // namespace rowhouse::alerts
