#include "kafka/groups.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/admin_call.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

struct ListDelete {
  void operator()(rd_kafka_topic_partition_list_t* l) const {
    rd_kafka_topic_partition_list_destroy(l);
  }
};

struct AskDelete {
  void operator()(rd_kafka_ListConsumerGroupOffsets_t* r) const {
    rd_kafka_ListConsumerGroupOffsets_destroy(r);
  }
};

struct AlterDelete {
  void operator()(rd_kafka_AlterConsumerGroupOffsets_t* r) const {
    rd_kafka_AlterConsumerGroupOffsets_destroy(r);
  }
};

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDelete>;
using AskOffsets = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, AskDelete>;
using AlterOffsets = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t, AlterDelete>;

GroupMember MemberOf(const rd_kafka_MemberDescription_t* described) {
  const auto text = [](const char* t) { return std::string(t == nullptr ? "" : t); };
  GroupMember member;
  member.id = text(rd_kafka_MemberDescription_consumer_id(described));
  member.client_id = text(rd_kafka_MemberDescription_client_id(described));
  member.host = text(rd_kafka_MemberDescription_host(described));
  const auto* const assignment = rd_kafka_MemberDescription_assignment(described);
  const auto* const list =
      assignment == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assignment);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    member.assigned.emplace_back(list->elems[i].topic, list->elems[i].partition);
  }
  return member;
}

GroupInfo InfoOf(const rd_kafka_ConsumerGroupDescription_t* described) {
  GroupInfo info;
  info.name = rd_kafka_ConsumerGroupDescription_group_id(described);
  info.state =
      rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(described));
  const char* const protocol = rd_kafka_ConsumerGroupDescription_partition_assignor(described);
  info.protocol = protocol == nullptr ? "" : protocol;
  const size_t members = rd_kafka_ConsumerGroupDescription_member_count(described);
  for (size_t m = 0; m < members; ++m) {
    info.members.push_back(MemberOf(rd_kafka_ConsumerGroupDescription_member(described, m)));
  }
  return info;
}

void TakeOffsets(const rd_kafka_event_t* event, std::map<std::string, Committed>& into) {
  size_t count = 0;
  const rd_kafka_group_result_t** results = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(const_cast<rd_kafka_event_t*>(event)), &count
  );
  for (size_t g = 0; g < count; ++g) {
    if (rd_kafka_group_result_error(results[g]) != nullptr) {
      continue;
    }
    Committed& committed = into[rd_kafka_group_result_name(results[g])];
    const rd_kafka_topic_partition_list_t* list = rd_kafka_group_result_partitions(results[g]);
    for (int i = 0; list != nullptr && i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& at = list->elems[i];
      if (at.offset >= 0) {
        committed[{at.topic, at.partition}] = at.offset;
      }
    }
  }
}

Error Refused(Client& client, const std::string& group, rd_kafka_resp_err_t err) {
  const std::string what = fmt::format("setting the offsets of group '{}'", group);
  if (err == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || err == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP) {
    return Error(ErrorKind::kConfig, what + ": consumers are in it")
        .WithHint("stop them first; they would go on from where they are");
  }
  return client.Explain(err, what);
}

}  // namespace

Result<std::vector<std::string>> Groups::Names(Deadline deadline) {
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_ListConsumerGroups(client_->native(), options, queue);
  };
  const Event event =
      ROWHOUSE_TRY(Call(*client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, deadline, request));
  const auto* const result = rd_kafka_event_ListConsumerGroups_result(event.get());
  size_t valid = 0;
  const rd_kafka_ConsumerGroupListing_t** groups =
      rd_kafka_ListConsumerGroups_result_valid(result, &valid);
  size_t failed = 0;
  const rd_kafka_error_t** errors = rd_kafka_ListConsumerGroups_result_errors(result, &failed);
  if (valid == 0 && failed > 0) {
    return client_->Explain(rd_kafka_error_code(errors[0]), "listing consumer groups");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < valid; ++i) {
    names.emplace_back(rd_kafka_ConsumerGroupListing_group_id(groups[i]));
  }
  std::ranges::sort(names);
  return names;
}

Result<std::vector<GroupInfo>> Groups::Describe(
    const std::vector<std::string>& names, Deadline deadline
) {
  std::vector<GroupInfo> infos;
  if (names.empty()) {
    return infos;
  }
  std::vector<const char*> raw;
  raw.reserve(names.size());
  for (const std::string& name : names) {
    raw.push_back(name.c_str());
  }
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConsumerGroups(client_->native(), raw.data(), raw.size(), options, queue);
  };
  const Event event =
      ROWHOUSE_TRY(Call(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, deadline, request));
  size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** described =
      rd_kafka_DescribeConsumerGroups_result_groups(
          rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count
      );
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(described[i]);
    const auto code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
      return client_->Explain(code, fmt::format("describing group '{}'", names[i]));
    }
    infos.push_back(
        code == RD_KAFKA_RESP_ERR_NO_ERROR ? InfoOf(described[i])
                                           : GroupInfo{names[i], "Dead", "", {}}
    );
  }
  return infos;
}

// librdkafka takes one group a request, so one is sent for each, and then all are waited for.
Result<std::map<std::string, Committed>> Groups::Offsets(
    const std::vector<std::string>& names, Deadline deadline
) {
  rd_kafka_t* const native = client_->native();
  const AdminOptions options(
      rd_kafka_AdminOptions_new(native, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
  );
  std::array<char, 256> why{};
  const int left = LeftMs(deadline);
  rd_kafka_AdminOptions_set_request_timeout(options.get(), left, why.data(), why.size());
  const Queue queue(rd_kafka_queue_new(native));
  for (const std::string& name : names) {
    const AskOffsets ask(rd_kafka_ListConsumerGroupOffsets_new(name.c_str(), nullptr));
    rd_kafka_ListConsumerGroupOffsets_t* raw = ask.get();
    rd_kafka_ListConsumerGroupOffsets(native, &raw, 1, options.get(), queue.get());
  }
  std::map<std::string, Committed> offsets;
  for (size_t i = 0; i < names.size(); ++i) {
    const Event event(rd_kafka_queue_poll(queue.get(), LeftMs(deadline) + kAdminSliceMs));
    constexpr const char* kWhat = "asking for the offsets of groups";
    if (event == nullptr) {
      return client_->Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, kWhat);
    }
    if (const auto err = rd_kafka_event_error(event.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return client_->Explain(err, kWhat);
    }
    TakeOffsets(event.get(), offsets);
  }
  return offsets;
}

Status Groups::SetOffsets(const std::string& group, const Committed& offsets, Deadline deadline) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [where, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), where.first.c_str(), where.second)->offset =
        offset;
  }
  const AlterOffsets alter(rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* raw = alter.get();
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_AlterConsumerGroupOffsets(client_->native(), &raw, 1, options, queue);
  };
  const Event event =
      ROWHOUSE_TRY(Call(*client_, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, deadline, request));
  size_t count = 0;
  const rd_kafka_group_result_t** results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count
  );
  for (size_t g = 0; g < count; ++g) {
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(results[g])) {
      return Refused(*client_, group, rd_kafka_error_code(error));
    }
    const rd_kafka_topic_partition_list_t* set = rd_kafka_group_result_partitions(results[g]);
    for (int i = 0; set != nullptr && i < set->cnt; ++i) {
      if (set->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return Refused(*client_, group, set->elems[i].err);
      }
    }
  }
  return Ok();
}

}  // namespace rowhouse::kafka
