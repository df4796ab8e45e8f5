#include "verify/comparison.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/thread.h"

namespace rowhouse::verify {
namespace {

constexpr int kLooksMost = 20;
constexpr uint64_t kRowsABucket = 500;
constexpr uint32_t kBucketsMost = 1 << 16;
constexpr double kRounding = 1e-9;  // ten tenths are less than one

uint32_t BucketsFor(uint64_t rows) {
  const uint64_t wanted = std::clamp<uint64_t>(rows / kRowsABucket, 1, kBucketsMost);
  return static_cast<uint32_t>(std::bit_ceil(wanted));
}

// Buckets that differ, with the greater of both numbers of rows.
std::map<uint32_t, uint64_t> Differing(const BucketSums& source, const BucketSums& target) {
  std::map<uint32_t, uint64_t> differing;
  const auto note = [&](const BucketSums& mine, const BucketSums& other) {
    for (const auto& [bucket, sum] : mine) {
      const auto found = other.find(bucket);
      if (found == other.end() || found->second != sum) {
        const uint64_t there = found == other.end() ? 0 : found->second.rows;
        differing[bucket] = std::max(sum.rows, there);
      }
    }
  };
  note(source, target);
  note(target, source);
  return differing;
}

// Buckets in groups that fit into memory.
std::vector<std::vector<uint32_t>> Groups(
    const std::map<uint32_t, uint64_t>& buckets, uint64_t rows_max
) {
  std::vector<std::vector<uint32_t>> groups;
  uint64_t rows = 0;
  for (const auto& [bucket, count] : buckets) {
    if (groups.empty() || rows + count > rows_max) {
      groups.emplace_back();
      rows = 0;
    }
    groups.back().push_back(bucket);
    rows += count;
  }
  return groups;
}

const RowState* Find(const RowStates& rows, const std::string& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? nullptr : &found->second;
}

bool SameRow(const RowState* source, const std::optional<RowState>& target) {
  return source == nullptr ? !target.has_value() : target.has_value() && *source == *target;
}

template <typename Rows>
CellRow TakeCells(Rows& rows, const std::string& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? CellRow() : found->second;
}

}  // namespace

std::optional<Mode> ParseMode(std::string_view name) {
  if (name == "count") {
    return Mode::kCount;
  }
  if (name == "checksum") {
    return Mode::kChecksum;
  }
  return name == "rows" ? std::optional(Mode::kRows) : std::nullopt;
}

RowVersion VersionAt(uint16_t epoch, const BinlogPosition& place) {
  const auto number = BinlogFileNumber(place.file);
  return RowVersion::Make(epoch, number ? *number : 0, place.pos, 0);
}

Verdict Decide(const Look& look) {
  if (SameRow(look.source, look.target->state)) {
    return Verdict::kEqual;
  }
  const RowVersion& version = look.target->version;
  if (version < look.shown) {
    return Verdict::kDiffers;
  }
  const bool was_there = look.earlier != nullptr && *look.earlier == version;
  return was_there && version >= look.log_end ? Verdict::kDiffers : Verdict::kLookAgain;
}

// Keys under suspicion, with what the last look has found.
struct Comparer::Suspects {
  std::vector<std::string> keys;
  std::unordered_map<std::string, RowVersion> versions;
  // Without a stream: both sides' rows as they were.
  RowStates source;
  TargetRows target;
  bool looked = false;
};

Result<Comparison> Comparer::Run() {
  if (!options_.has_spans) {
    ROWHOUSE_TRY(AllKeys());
    return std::move(out_);
  }
  const auto source = ROWHOUSE_TRY(source_.Span());
  const auto target = ROWHOUSE_TRY(target_.Span());
  if (source || target) {
    KeySpan all = source ? *source : *target;
    if (target) {
      all = {std::min(all.first, target->first), std::max(all.last, target->last)};
    }
    ROWHOUSE_TRY(InSpans(all));
    // Beyond these ends neither side had rows, unless they came meanwhile.
  }
  return std::move(out_);
}

// Not by spans: a sample is of buckets.
Status Comparer::AllKeys() {
  Region region;
  if (options_.sample < 1.0) {
    constexpr uint32_t kParts = 1024;
    const auto parts = std::max(1U, static_cast<uint32_t>(options_.sample * kParts));
    const auto first = static_cast<uint32_t>(options_.sample_from * kParts);
    region.buckets = kParts;
    for (uint32_t part = 0; part < parts; ++part) {
      region.of.push_back((first + part) % kParts);
    }
  }
  ROWHOUSE_TRY(Chunk(region));
  return Ok();
}

Status Comparer::InSpans(KeySpan all) {
  uint64_t width = options_.chunk_rows;
  if (options_.sample < 1.0 && all.last - all.first < width) {
    return AllKeys();
  }
  double skipped = options_.sample_from;
  for (uint64_t first = all.first;;) {
    const uint64_t last = all.last - first < width ? all.last : first + (width - 1);
    skipped += options_.sample;
    if (skipped >= 1.0 - kRounding) {
      skipped -= 1.0;
      const uint64_t rows = ROWHOUSE_TRY(Chunk({KeySpan{first, last}, 1, {}}));
      // Keys with gaps: chunks of more keys, up to the wanted number of rows.
      if (rows < options_.chunk_rows / 2 && width <= UINT64_MAX / 4) {
        width *= rows < options_.chunk_rows / 8 ? 4 : 2;
      } else if (rows > options_.chunk_rows * 2) {
        width = std::max<uint64_t>(width / 2, 1);
      }
    }
    if (last == all.last || Enough()) {
      return Ok();
    }
    first = last + 1;
  }
}

// The number of rows that the source has there. Both servers count at the same time.
Result<uint64_t> Comparer::Chunk(const Region& region) {
  const bool count = options_.mode != Mode::kChecksum;
  std::optional<Result<RowSum>> from_target;
  Thread asking("verify-target", [&](const std::stop_token&) {
    from_target.emplace(count ? target_.Count(region) : target_.Sum(region));
  });
  const Result<RowSum> from_source = count ? source_.Count(region) : source_.Sum(region);
  asking.Join();
  const RowSum source = ROWHOUSE_TRY(from_source);
  const RowSum target = ROWHOUSE_TRY(*from_target);
  ++out_.chunks;
  out_.rows += source.rows;
  out_.target_rows += target.rows;
  if (source != target || options_.mode == Mode::kRows) {
    out_.looked_again += source != target ? 1 : 0;
    ROWHOUSE_TRY(Drill(region, std::max(source.rows, target.rows)));
  }
  if (options_.after_chunk) {
    ROWHOUSE_TRY(options_.after_chunk(source.rows));
  }
  return source.rows;
}

Status Comparer::Drill(const Region& region, uint64_t rows) {
  const BinlogPosition end = ROWHOUSE_TRY(source_.LogEnd());
  const StreamAnswer stream = ROWHOUSE_TRY(stream_.WaitFor(end));
  if (stream.passed) {
    seen_ = *stream.passed;
  }
  // A sample of buckets is split further: the lower bits are those of before.
  const uint32_t buckets = std::max(BucketsFor(rows), region.buckets);
  const BucketSums source = ROWHOUSE_TRY(source_.Sums(region, buckets));
  const BucketSums target = ROWHOUSE_TRY(target_.Sums(region, buckets));
  std::map<uint32_t, uint64_t> differing = Differing(source, target);
  if (options_.mode == Mode::kRows) {
    for (const auto& [bucket, sum] : source) {
      differing[bucket] = std::max(differing[bucket], sum.rows);
    }
  }
  for (const auto& group : Groups(differing, options_.leaf_rows)) {
    if (Enough()) {
      break;
    }
    ROWHOUSE_TRY(Leaf({region.span, buckets, group}));
  }
  return Ok();
}

Status Comparer::Leaf(const Region& region) {
  const RowStates source = ROWHOUSE_TRY(source_.Rows(region));
  const RowStates target = ROWHOUSE_TRY(target_.Rows(region));
  std::vector<std::string> keys;
  for (const auto& [key, state] : source) {
    const RowState* other = Find(target, key);
    if (other == nullptr || !(*other == state)) {
      keys.push_back(key);
    }
  }
  for (const auto& [key, state] : target) {
    if (Find(source, key) == nullptr) {
      keys.push_back(key);
    }
  }
  std::ranges::sort(keys);
  return keys.empty() ? Ok() : Settle(std::move(keys));
}

// Looks at suspects until each is decided.
Status Comparer::Settle(std::vector<std::string> keys) {
  Suspects suspects;
  suspects.keys = std::move(keys);
  for (int attempt = 0; attempt < kLooksMost && !suspects.keys.empty(); ++attempt) {
    const bool more = ROWHOUSE_TRY(Round(suspects, attempt));
    if (!more) {
      return Ok();
    }
  }
  out_.undecided += suspects.keys.size();
  return Ok();
}

// One look at all suspects; true while some are left and more may be found.
Result<bool> Comparer::Round(Suspects& suspects, int attempt) {
  const SourceRows source = ROWHOUSE_TRY(source_.Lookup(suspects.keys, seen_));
  const StreamAnswer stream = ROWHOUSE_TRY(stream_.WaitFor(source.log_end));
  const std::optional<SourcePosition>& passed = stream.passed;
  const uint16_t epoch = passed ? passed->epoch : uint16_t{0};
  const bool as_of = passed && source.exact && !options_.keyed;
  const auto before = as_of ? std::optional(VersionAt(epoch, source.at.binlog)) : std::nullopt;
  const bool stands = !stream.standing.empty();
  if (!passed && !stands && attempt > 0) {
    ROWHOUSE_TRY(stream_.Settle());
  }
  const TargetRows target = ROWHOUSE_TRY(target_.Lookup(suspects.keys, before));
  std::vector<std::string> differing;
  std::vector<std::string> left;
  for (const std::string& key : suspects.keys) {
    const RowState* row = Find(source.rows, key);
    const TargetRow& other = target.at(key);
    Verdict verdict = SameRow(row, other.state) ? Verdict::kEqual : Verdict::kLookAgain;
    if (verdict != Verdict::kEqual && as_of) {
      verdict = Verdict::kDiffers;
    } else if (verdict != Verdict::kEqual && passed) {
      const auto earlier = suspects.versions.find(key);
      verdict = Decide(
          {row,
           &other,
           source.at.binlog.empty() ? RowVersion() : VersionAt(epoch, source.at.binlog),
           VersionAt(epoch, source.log_end),
           earlier == suspects.versions.end() ? nullptr : &earlier->second}
      );
    } else if (verdict != Verdict::kEqual && suspects.looked && !stands) {
      const RowState* row_before = Find(suspects.source, key);
      const bool same_source =
          row == nullptr ? row_before == nullptr : row_before != nullptr && *row == *row_before;
      const auto& target_before = suspects.target.at(key).state;
      verdict =
          same_source && target_before == other.state ? Verdict::kDiffers : Verdict::kLookAgain;
    }
    if (verdict == Verdict::kDiffers) {
      differing.push_back(key);
    } else if (verdict == Verdict::kLookAgain) {
      left.push_back(key);
      suspects.versions[key] = other.version;
    }
  }
  if (passed) {
    seen_ = *passed;
  }
  suspects.looked = !passed && !stands;
  suspects.keys = std::move(left);
  ROWHOUSE_TRY(Confirm(differing, source, target));
  suspects.source = source.rows;
  suspects.target = target;
  if (stands && !suspects.keys.empty()) {
    out_.standing = stream.standing;
    out_.undecided += suspects.keys.size();
    return false;
  }
  return !suspects.keys.empty() && !Enough();
}

Status Comparer::Confirm(
    const std::vector<std::string>& keys, const SourceRows& rows, const TargetRows& target
) {
  out_.differing += keys.size();
  std::vector<std::string> named = keys;
  const size_t room = options_.named_max - std::min<size_t>(options_.named_max, out_.named.size());
  if (named.size() > room) {
    named.resize(room);
  }
  if (!named.empty()) {
    CellRows source_cells = ROWHOUSE_TRY(source_.Cells(named));
    CellRows target_cells = ROWHOUSE_TRY(target_.Cells(named));
    for (const std::string& key : named) {
      RowDifference difference;
      const RowState* row = Find(rows.rows, key);
      const auto& other = target.at(key).state;
      difference.key = key;
      difference.source_count = row == nullptr ? 0 : row->count;
      difference.target_count = other ? other->count : 0;
      using Kind = RowDifference::Kind;
      difference.kind = row == nullptr ? Kind::kExtra : !other ? Kind::kMissing : Kind::kChanged;
      if (!options_.keyed) {
        difference.kind = Kind::kCount;
      }
      difference.source = row == nullptr ? CellRow() : TakeCells(source_cells, key);
      difference.target = other ? TakeCells(target_cells, key) : CellRow();
      out_.named.push_back(std::move(difference));
    }
  }
  if (options_.repair && !keys.empty()) {
    return Repair(keys, rows, target);
  }
  out_.stopped = out_.named.size() >= options_.named_max;
  return Ok();
}

Status Comparer::Repair(
    const std::vector<std::string>& keys, const SourceRows& rows, const TargetRows& target
) {
  const SourceCells cells = ROWHOUSE_TRY(source_.Read(keys, seen_));
  if (options_.keyed) {
    ROWHOUSE_TRY(target_.Put(keys, cells, target));
    out_.repaired += keys.size();
    return Ok();
  }
  const CellRows gone = ROWHOUSE_TRY(target_.Cells(keys));
  for (const std::string& key : keys) {
    const RowState* row = Find(rows.rows, key);
    const auto& other = target.at(key).state;
    const auto there = static_cast<int64_t>(row == nullptr ? 0 : row->count);
    const auto here = static_cast<int64_t>(other ? other->count : 0);
    const auto& from = cells.rows.contains(key) ? cells.rows : gone;
    const auto cell_row = from.find(key);
    if (cell_row != from.end() && there != here) {
      ROWHOUSE_TRY(target_.Adjust(key, cell_row->second, there - here, rows.at));
      ++out_.repaired;
    }
  }
  return Ok();
}

}  // namespace rowhouse::verify
