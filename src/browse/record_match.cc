#include "browse/record_match.h"

#include <algorithm>
#include <utility>

#include "browse/walk_part.h"

namespace rowhouse::browse {

// One record as a filter asks for it.
class RecordMatch::Facts : public FilterFacts {
 public:
  Facts(const Filter& filter, PartReader& reader)
      : reader_(reader),
        places_(Places(filter)),
        key_tree_(Paths(filter, FieldRef::Root::kKey)),
        value_tree_(Paths(filter, FieldRef::Root::kValue)),
        key_(key_tree_, scratch_, PickSink::Records::kOfOneFieldAsIt),
        value_(value_tree_, scratch_, PickSink::Records::kAsText) {}

  void Start(const kafka::RecordRef& record) {
    record_ = &record;
    scratch_.Reset();
    key_done_ = false;
    value_done_ = false;
    undecodable_ = false;
  }

  bool undecodable() const { return undecodable_; }

  int32_t Partition() override { return record_->partition; }

  int64_t Offset() override { return record_->offset; }

  int64_t TimeMicros() override { return record_->timestamp_ms * 1000; }

  int64_t Size() override {
    return static_cast<int64_t>(
        record_->key.value_or("").size() + record_->value.value_or("").size()
    );
  }

  FilterValue Op() override {
    DecodeValue();
    const FilterValue& op = value_.slots()[0];
    return op.kind == FilterValue::Kind::kText ? op : FilterValue();
  }

  FilterValue Header(std::string_view name) override {
    // The last one of a name counts, as in Kafka's own clients.
    const auto& headers = record_->headers;
    const auto at = std::find_if(headers.rbegin(), headers.rend(), [&](const auto& header) {
      return header.name == name;
    });
    return at == headers.rend() || !at->value ? FilterValue() : FilterValue::Text(*at->value);
  }

  const FilterValue& Field(size_t index) override {
    const auto& [root, slot] = places_[index];
    if (root == FieldRef::Root::kKey) {
      DecodeKey();
      return key_.slots()[slot];
    }
    DecodeValue();
    return value_.slots()[slot];
  }

 private:
  using Place = std::pair<FieldRef::Root, size_t>;

  static std::vector<std::vector<std::string>> Paths(const Filter& filter, FieldRef::Root root) {
    std::vector<std::vector<std::string>> paths;
    if (root == FieldRef::Root::kValue && filter.names_op()) {
      paths.push_back({"op"});
    }
    for (const FieldRef& field : filter.fields()) {
      if (field.root == root && !IsOp(filter, field)) {
        paths.push_back(field.path);
      }
    }
    return paths;
  }

  // value.op where op is named too: one place in the message, one slot.
  static bool IsOp(const Filter& filter, const FieldRef& field) {
    return filter.names_op() && field.root == FieldRef::Root::kValue &&
           field.path == std::vector<std::string>{"op"};
  }

  static std::vector<Place> Places(const Filter& filter) {
    std::vector<Place> places;
    size_t keys = 0;
    size_t values = filter.names_op() ? 1 : 0;
    for (const FieldRef& field : filter.fields()) {
      const bool key = field.root == FieldRef::Root::kKey;
      places.emplace_back(field.root, IsOp(filter, field) ? 0 : (key ? keys++ : values++));
    }
    return places;
  }

  void DecodeKey() {
    if (!std::exchange(key_done_, true)) {
      Decode(record_->key, key_);
    }
  }

  void DecodeValue() {
    if (!std::exchange(value_done_, true)) {
      Decode(record_->value, value_);
    }
  }

  void Decode(std::optional<std::string_view> bytes, PickSink& pick) {
    pick.Start();
    PartView part = reader_.Look(bytes);
    std::string problem;
    if (!WalkPart(part, pick, problem)) {
      // A text that only looks like JSON is a text.
      part.SetPlain(part.format == PartFormat::kJson ? "" : problem);
      pick.Start();
      WalkPart(part, pick, problem);
    }
    undecodable_ = undecodable_ || !part.problem.empty();
  }

  PartReader& reader_;
  const std::vector<Place> places_;
  const FieldTree key_tree_;
  const FieldTree value_tree_;
  Scratch scratch_;
  PickSink key_;
  PickSink value_;
  const kafka::RecordRef* record_ = nullptr;
  bool key_done_ = false;
  bool value_done_ = false;
  bool undecodable_ = false;
};

RecordMatch::RecordMatch(
    std::shared_ptr<const Filter> filter, std::string_view text, PartReader& reader
)
    : filter_(std::move(filter)), reader_(reader) {
  if (filter_ != nullptr) {
    facts_ = std::make_unique<Facts>(*filter_, reader_);
  }
  if (!text.empty()) {
    text_.emplace(text);
  }
}

RecordMatch::~RecordMatch() = default;

Verdict RecordMatch::Matches(const kafka::RecordRef& record) {
  undecodable_ = false;
  if (filter_ != nullptr) {
    facts_->Start(record);
    const Verdict verdict = filter_->Matches(*facts_);
    undecodable_ = facts_->undecodable();
    if (verdict != Verdict::kYes) {
      return verdict;
    }
  }
  return !text_ || HasText(record) ? Verdict::kYes : Verdict::kNo;
}

bool RecordMatch::HasText(const kafka::RecordRef& record) {
  for (const kafka::HeaderView& header : record.headers) {
    if (text_->Found(header.name) || text_->Found(header.value.value_or(""))) {
      return true;
    }
  }
  return PartHasText(reader_.Look(record.key)) || PartHasText(reader_.Look(record.value));
}

bool RecordMatch::PartHasText(const PartView& part) {
  constexpr size_t kKeptBytes = 1 << 20;
  if (part.format == PartFormat::kNull) {
    return false;
  }
  values_.clear();
  ValuesSink sink(values_);
  std::string problem;
  const bool sound = WalkPart(part, sink, problem);
  undecodable_ =
      undecodable_ || !part.problem.empty() || (!sound && part.format == PartFormat::kAvro);
  // What is no value, or bytes as hex, may still have the text as it lies there.
  const bool raw = !sound || part.format == PartFormat::kBytes;
  const bool found = text_->Found(values_) || (raw && text_->Found(part.bytes));
  if (values_.capacity() > kKeptBytes) {
    std::string().swap(values_);
  }
  return found;
}

}  // namespace rowhouse::browse
