#include "mysql/xa_transactions.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::mysql {

void XaTransactions::Begin(RereadPoint from, uint64_t pos) {
  open_ = std::make_unique<Held>();
  open_->pos = pos;
  open_->from = std::move(from);
}

Status XaTransactions::Hold(EventType type, uint64_t pos, uint64_t inner, ByteView body) {
  if (open_->events == nullptr) {
    open_->events = std::make_unique<EventSpool>();
  }
  return open_->events->Append({type, pos - open_->pos + inner, body});
}

void XaTransactions::Prepare(std::string name) {
  if (open_->events != nullptr) {
    open_->name = std::move(name);
    waiting_.push_back(std::move(*open_));
  }
  open_.reset();
}

std::unique_ptr<EventSpool> XaTransactions::TakeOpen() {
  auto events = std::move(open_->events);
  open_.reset();
  return events;
}

std::unique_ptr<EventSpool> XaTransactions::Take(std::string_view name) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Held& held) {
    return held.name == name;
  });
  if (found == waiting_.end()) {
    return nullptr;
  }
  auto events = std::move(found->events);
  waiting_.erase(found);
  return events;
}

Result<PreparedXa> PreparedXa::Parse(ByteView body) {
  ByteCursor in(body);
  PreparedXa out;
  out.one_phase = in.U8() != 0;
  const auto format = static_cast<int32_t>(in.U32());
  const uint32_t global_bytes = in.U32();
  const uint32_t branch_bytes = in.U32();
  const ByteView global = in.Bytes(global_bytes);
  const ByteView branch = in.Bytes(branch_bytes);
  if (!in.ok()) {
    return Error(ErrorKind::kBadRecord, "its bytes end too early");
  }
  out.name = fmt::format("X'{}',X'{}',{}", ToHex(global), ToHex(branch), format);
  return out;
}

}  // namespace rowhouse::mysql
