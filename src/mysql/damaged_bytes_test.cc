#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "mysql/binlog_decoder.h"
#include "mysql/binlog_fixture.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {
namespace {

// Damaged events must give errors or odd values, never read outside their bytes; the
// sanitizer build proves the latter, since each event here is a heap block of its own size.
class DamagedBytes : public testing::TestWithParam<std::pair<const char*, Flavor>> {
 protected:
  void SetUp() override { events_ = ReadEvents(std::string(GetParam().first) + ".hex"); }

  std::unique_ptr<BinlogDecoder> Decoder() const {
    DecoderOptions options;
    options.flavor = GetParam().second;
    options.verify_checksum = false;
    options.wanted = [](const TableId&) { return true; };
    SourcePosition start;
    start.binlog = {"binlog.000001", 4};
    return std::move(BinlogDecoder::Open(options, start, true)).value();
  }

  // Reads every byte that the changes point to.
  static size_t Touch(const ChangeBatch& batch) {
    size_t sum = 0;
    for (const Change& change : batch.changes) {
      sum += ChangeText(change).size();
    }
    return sum;
  }

  static void SayLength(std::string& event) {
    if (event.size() >= EventHeader::kBytes) {
      const auto length = static_cast<uint32_t>(event.size());
      std::memcpy(event.data() + 9, &length, sizeof(length));
    }
  }

  std::vector<std::string> events_;
};

TEST_P(DamagedBytes, EveryTruncationIsRefusedOrHarmless) {
  size_t refused = 0;
  size_t fed = 0;
  for (size_t i = 0; i < events_.size(); ++i) {
    auto decoder = Decoder();
    ChangeBatch batch;
    for (size_t k = 0; k < i; ++k) {
      ASSERT_TRUE(decoder->Feed(AsBytes(events_[k]), batch).has_value());
    }
    for (size_t n = 0; n < events_[i].size(); ++n) {
      const auto block = std::make_unique<char[]>(n);
      std::string cut = events_[i].substr(0, n);
      SayLength(cut);
      std::memcpy(block.get(), cut.data(), n);
      ChangeBatch damaged;
      refused += decoder->Feed(AsBytes({block.get(), n}), damaged).has_value() ? 0 : 1;
      ++fed;
      Touch(damaged);
    }
  }
  EXPECT_GT(refused, fed / 2) << "of " << fed;
}

TEST_P(DamagedBytes, FlippedBitsNeverCrash) {
  size_t refused = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    std::mt19937 random(seed);
    auto decoder = Decoder();
    std::vector<std::string> kept;
    kept.reserve(events_.size());
    ChangeBatch batch;
    for (const std::string& event : events_) {
      std::string& bytes = kept.emplace_back(event);
      for (unsigned flips = random() % 4; flips > 0; --flips) {
        bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
      }
      if (random() % 16 == 0) {
        bytes.resize(random() % bytes.size());
      }
      bytes.shrink_to_fit();
      SayLength(bytes);
      refused += decoder->Feed(AsBytes(bytes), batch).has_value() ? 0 : 1;
    }
    decoder->FinishBatch(batch);
    Touch(batch);
  }
  EXPECT_GT(refused, 150U);
}

TEST_P(DamagedBytes, ChecksumFindsEveryFlippedByte) {
  for (size_t i = 1; i < events_.size(); i += 7) {
    for (size_t at = 0; at < events_[i].size(); at += 11) {
      std::string bytes = events_[i];
      bytes[at] ^= 0x10;
      EXPECT_FALSE(ChecksumMatches(AsBytes(bytes))) << i << " " << at;
    }
    EXPECT_TRUE(ChecksumMatches(AsBytes(events_[i])));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Servers,
    DamagedBytes,
    testing::Values(
        std::pair{"mariadb", Flavor::kMariaDb},
        std::pair{"mysql", Flavor::kMySql},
        std::pair{"mariadb_compressed", Flavor::kMariaDb},
        std::pair{"mysql_compressed", Flavor::kMySql},
        std::pair{"mariadb_types", Flavor::kMariaDb},
        std::pair{"mysql_types", Flavor::kMySql}
    )
);

}  // namespace
}  // namespace rowhouse::mysql
