// The protocol's bytes, against vectors written down by hand or published.
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "kafka/wire/codec.h"
#include "kafka/wire/compressor.h"
#include "kafka/wire/crc32c.h"
#include "kafka/wire/messages.h"
#include "kafka/wire/record_batch.h"
#include "kafka/wire/sasl.h"

namespace rowhouse::kafka::wire {
namespace {

std::string Unhex(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') {
      digits += c;
    }
  }
  return FromHex(digits).value();
}

std::string Joined(const Request& request) {
  std::string all;
  for (const ByteView piece : request.Pieces()) {
    all += AsText(piece);
  }
  return all;
}

TEST(Crc32c, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xE3069283U);
  EXPECT_EQ(Crc32c(AsBytes(std::string(32, '\0'))), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(Crc32c({}), 0U);
}

TEST(Crc32c, InstructionAndTableAgreeAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Crc32c(AsBytes(bytes)), Crc32cByTable(AsBytes(bytes))) << i;
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Codec, NumbersAreBigEndianAndVarintsZigzag) {
  Buffer out;
  WireWriter w(out);
  w.I16(-2);
  w.I32(0x01020304);
  w.I64(5);
  w.String("ab");
  w.NullString();
  w.Uvarint(300);
  EXPECT_EQ(
      ToHex(AsBytes(out.view())),
      "fffe"
      "01020304"
      "0000000000000005"
      "00026162"
      "ffff"
      "ac02"
  );
  WireReader in(AsBytes(out.view()));
  EXPECT_EQ(in.I16(), -2);
  EXPECT_EQ(in.I32(), 0x01020304);
  EXPECT_EQ(in.I64(), 5);
  EXPECT_EQ(in.String(), "ab");
  EXPECT_EQ(in.String(), "");
  EXPECT_EQ(in.Uvarint(), 300U);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0U);
}

TEST(Codec, DamageIsToldNotReadBeyond) {
  const std::string huge_count = Unhex("7fffffff 00");
  WireReader in(AsBytes(huge_count));
  EXPECT_EQ(in.Count(), 0U);
  EXPECT_FALSE(in.ok());
  const std::string endless = std::string(12, '\xFF');
  WireReader varint(AsBytes(endless));
  varint.Uvarint();
  EXPECT_FALSE(varint.ok());
}

// --- batches ----------------------------------------------------------------------

// One record, key "k", value "v", no headers, no compression.
TEST(RecordBatch, HasTheBytesOfTheFormat) {
  RecordBatch batch;
  batch.Append({"k", "v"}, EncodeHeaders({}), 0x0102030405, 1);
  batch.sequence = 7;
  const auto none = Compressor::Make(Codec::kNone);
  ASSERT_TRUE(batch.Seal(*none));
  const std::string bytes(AsText(batch.Stamp({0x1122, 3})));
  const std::string guarded = Unhex(
      "0000"              // attributes
      "00000000"          // last offset's delta
      "0000000102030405"  // first time
      "0000000102030405"  // last time
      "0000000000001122"  // producer
      "0003"              // its epoch
      "00000007"          // first sequence
      "00000001"          // records
      "10 00 00 00 02 6b 02 76 00"
  );
  std::string expected = Unhex("0000000000000000 0000003a ffffffff 02");
  Buffer crc;
  WireWriter(crc).I32(static_cast<int32_t>(Crc32cByTable(AsBytes(guarded))));
  expected += crc.view();
  expected += guarded;
  EXPECT_EQ(ToHex(AsBytes(bytes)), ToHex(AsBytes(expected)));
}

TEST(RecordBatch, NullsHeadersAndDeltas) {
  RecordBatch batch;
  const std::string headers = EncodeHeaders({{"h", "x"}, {"e", ""}});
  batch.Append({std::nullopt, "v"}, headers, 1000, 1);
  batch.Append({"", std::nullopt}, headers, 1003, 1);
  const auto none = Compressor::Make(Codec::kNone);
  ASSERT_TRUE(batch.Seal(*none));
  const std::string bytes(AsText(batch.Stamp({})));
  EXPECT_EQ(
      ToHex(AsBytes(bytes.substr(kBatchHeaderBytes))),
      "1c"
      "00"
      "00"
      "00"
      "01"
      "0276"
      "04"
      "0268"
      "0278"
      "0265"
      "00"
      "1a"
      "00"
      "06"
      "02"
      "00"
      "01"
      "04"
      "0268"
      "0278"
      "0265"
      "00"
  );
}

TEST(RecordBatch, TokensAreRuns) {
  RecordBatch batch;
  for (const AckToken token : {5, 5, 6, 5}) {
    batch.Append({"k", "v"}, EncodeHeaders({}), 0, token);
  }
  ASSERT_EQ(batch.tokens().size(), 3U);
  EXPECT_EQ(batch.tokens()[0].records, 2U);
  EXPECT_EQ(batch.tokens()[2].token, 5U);
  EXPECT_EQ(batch.records(), 4);
}

TEST(RecordBatch, TheBoundHoldsForTheLargestNumbers) {
  RecordBatch batch;
  const std::string headers = EncodeHeaders({});
  batch.Append({"k", "v"}, headers, 0, 1);
  const size_t before = batch.bytes();
  const std::string value(300'000, 'x');
  batch.Append({value, value}, headers, int64_t{1} << 60, 1);
  EXPECT_LE(batch.bytes() - before, FramedBound({value, value}, headers.size()));
}

// What a consumer reads of a batch's records: keys, and places that count from 0.
std::vector<std::string> KeysOf(std::string_view records) {
  std::vector<std::string> keys;
  WireReader in(AsBytes(records));
  while (in.left() > 0 && in.ok()) {
    WireReader record(in.Run(static_cast<size_t>(in.Varint())));
    record.I8();
    record.Varint();
    EXPECT_EQ(record.Varint(), static_cast<int64_t>(keys.size()));
    keys.emplace_back(AsText(record.Run(static_cast<size_t>(record.Varint()))));
  }
  EXPECT_TRUE(in.ok());
  return keys;
}

TEST(RecordBatch, HalvesHaveAllRecordsAndTokensInOrder) {
  const std::string headers = EncodeHeaders({});
  const auto none = Compressor::Make(Codec::kNone);
  for (const int records : {2, 3, 200, 301}) {
    RecordBatch first;
    std::vector<std::string> wanted;
    for (int i = 0; i < records; ++i) {
      wanted.push_back("key" + std::to_string(i));
      first.Append({wanted.back(), "v"}, headers, i, static_cast<AckToken>(i / 7));
    }
    ASSERT_TRUE(first.Seal(*none));
    RecordBatch second;
    first.SplitInto(second);
    EXPECT_EQ(first.records() + second.records(), records);
    std::vector<std::string> keys;
    size_t tokens = 0;
    for (RecordBatch* half : {&first, &second}) {
      ASSERT_TRUE(half->Seal(*none));
      const std::string_view bytes = AsText(half->Stamp({}));
      for (std::string& key : KeysOf(bytes.substr(kBatchHeaderBytes))) {
        keys.push_back(std::move(key));
      }
      for (const TokenRun& run : half->tokens()) {
        tokens += run.records;
      }
    }
    EXPECT_EQ(keys, wanted);
    EXPECT_EQ(tokens, static_cast<size_t>(records));
  }
}

TEST(RecordBatch, KeysAreThoseOfItsRecords) {
  RecordBatch batch;
  const std::vector<std::optional<std::string_view>> keys = {"a", std::nullopt, "", "b"};
  for (const auto& key : keys) {
    batch.Append({key, "v"}, EncodeHeaders({{"h", "x"}}), 5, 1);
  }
  EXPECT_EQ(batch.Keys(), keys);
}

TEST(RecordBatch, WhatDoesNotShrinkIsSentAsItIs) {
  RecordBatch batch;
  batch.Append({"k", "v"}, EncodeHeaders({}), 0, 1);
  const auto gzip = Compressor::Make(Codec::kGzip);
  ASSERT_TRUE(batch.Seal(*gzip));
  const std::string bytes(AsText(batch.Stamp({})));
  EXPECT_EQ(bytes[22], 0);
  EXPECT_EQ(bytes.size(), batch.bytes());
}

// --- compression ------------------------------------------------------------------

std::string Unsnappy(std::string_view packed) {
  WireReader in(AsBytes(packed));
  const uint64_t size = in.Uvarint();
  std::string out;
  while (in.left() > 0 && in.ok()) {
    const auto tag = static_cast<uint8_t>(in.I8());
    size_t n = (tag >> 2) + 1U;
    if ((tag & 3) == 0) {
      if (n > 60) {
        const size_t more = n - 60;
        n = 1;
        for (size_t i = 0; i < more; ++i) {
          n += static_cast<size_t>(static_cast<uint8_t>(in.I8())) << (8 * i);
        }
      }
      out += AsText(in.Run(n));
      continue;
    }
    EXPECT_EQ(tag & 3, 2);
    size_t distance = static_cast<uint8_t>(in.I8());
    distance |= static_cast<size_t>(static_cast<uint8_t>(in.I8())) << 8;
    EXPECT_TRUE(distance > 0 && distance <= out.size());
    for (; n > 0; --n) {
      out += out[out.size() - distance];
    }
  }
  EXPECT_EQ(out.size(), size);
  return out;
}

std::string Unlz4(std::string_view packed, size_t size) {
  std::string out(size, '\0');
  LZ4F_dctx* context = nullptr;
  LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
  size_t in_size = packed.size();
  const size_t left = LZ4F_decompress(context, out.data(), &size, packed.data(), &in_size, nullptr);
  LZ4F_freeDecompressionContext(context);
  EXPECT_EQ(left, 0U);
  return out;
}

std::string Ungzip(std::string_view packed, size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = const_cast<uint8_t*>(AsBytes(packed).data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string Unzstd(std::string_view packed, size_t size) {
  std::string out(size, '\0');
  EXPECT_EQ(ZSTD_decompress(out.data(), size, packed.data(), packed.size()), size);
  return out;
}

// Rows that repeat, bytes that don't, and every length around the block's bounds.
std::vector<std::string> Inputs() {
  std::string noise;
  uint32_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 1664525 + 1013904223;
    noise += static_cast<char>(state >> 24);
  }
  std::string rows;
  for (int i = 0; i < 5'000; ++i) {
    rows += "order " + std::to_string(i) + " of customer " + std::to_string(i % 97) + "; ";
  }
  std::vector<std::string> inputs = {"", "a", "abcd", std::string(70'000, 'x'), noise, rows};
  for (const size_t size : {59U, 60U, 61U, 62U, 256U, 257U, 258U, 65'535U, 65'536U, 65'537U}) {
    inputs.push_back(noise.substr(0, size));
    inputs.push_back(rows.substr(0, size));
  }
  inputs.push_back(noise + noise + rows);
  return inputs;
}

TEST(Compressors, GiveBackWhatWasPutIn) {
  for (const std::string& input : Inputs()) {
    for (const std::string_view name : {"none", "gzip", "snappy", "lz4", "zstd"}) {
      const auto compressor = Compressor::Make(ParseCodec(name).value());
      for (int again = 0; again < 2; ++again) {
        Buffer out;
        ASSERT_TRUE(compressor->Compress(AsBytes(input), out)) << name;
        const std::string_view packed = out.view();
        const std::string back = name == "gzip"     ? Ungzip(packed, input.size())
                                 : name == "snappy" ? Unsnappy(packed)
                                 : name == "lz4"    ? Unlz4(packed, input.size())
                                 : name == "zstd"   ? Unzstd(packed, input.size())
                                                    : std::string(packed);
        EXPECT_TRUE(back == input) << name << " of " << input.size() << " bytes";
      }
    }
  }
  EXPECT_FALSE(ParseCodec("brotli").has_value());
}

TEST(Compressors, ShrinkWhatRepeats) {
  const std::string rows = Inputs()[5];
  for (const Codec codec : {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    Buffer out;
    ASSERT_TRUE(Compressor::Make(codec)->Compress(AsBytes(rows), out));
    EXPECT_LT(out.size(), rows.size() / 2) << static_cast<int>(codec);
  }
}

// --- requests and answers ---------------------------------------------------------

TEST(Messages, ApiVersionsThreeIsFlexible) {
  Request request(ApiKey::kApiVersions, 3, 9, "me");
  EncodeApiVersions(request, "1.0");
  request.Finish();
  EXPECT_EQ(
      ToHex(AsBytes(Joined(request))),
      "0000001b"
      "0012"
      "0003"
      "00000009"
      "00026d65"
      "00"
      "09726f77686f757365"
      "04312e30"
      "00"
  );
}

TEST(Messages, ApiVersionsAnswersOfBothKinds) {
  const auto flexible = DecodeApiVersions(
      3, AsBytes(Unhex("0000 03 0000 0003 0009 00 0003 0000 000c 00 00000000 00"))
  );
  ASSERT_TRUE(flexible);
  EXPECT_EQ(flexible->ranges.at(0).least, 3);
  EXPECT_EQ(flexible->ranges.at(3).most, 12);
  const auto refused = DecodeApiVersions(3, AsBytes(Unhex("0023 00000001 0012 0000 0002")));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, kUnsupportedVersion);
}

TEST(Messages, ProduceHoldsBatchesWhereTheyLie) {
  Request request(ApiKey::kProduce, 8, 1, "c");
  const std::string batch = "BATCH";
  const std::vector<ProducePart> parts = {
      {"t", 0, AsBytes(batch)}, {"t", 2, AsBytes(batch)}, {"u", 1, AsBytes(batch)}};
  EncodeProduce(request, "", parts, 30'000);
  request.Finish();
  EXPECT_EQ(request.Pieces().size(), 6U);
  EXPECT_EQ(
      ToHex(AsBytes(Joined(request))),
      "0000004c"
      "0000"
      "0008"
      "00000001"
      "000163"
      "ffff"
      "ffff"
      "00007530"
      "00000002"
      "000174"
      "00000002"
      "00000000"
      "00000005"
      "4241544348"
      "00000002"
      "00000005"
      "4241544348"
      "000175"
      "00000001"
      "00000001"
      "00000005"
      "4241544348"
  );
}

TEST(Messages, ProduceAnswersTellWhichRecordAndWhy) {
  const std::string body = Unhex(
      "00000001 000174 00000002"
      "00000000 0000 0000000000000007 ffffffffffffffff 0000000000000000 00000000 ffff"
      "00000001 0057 ffffffffffffffff ffffffffffffffff ffffffffffffffff"
      "00000001 00000000 00036b6579 ffff"
      "00000000"
  );
  const auto results = DecodeProduce(8, AsBytes(body));
  ASSERT_TRUE(results);
  ASSERT_EQ(results->size(), 2U);
  EXPECT_EQ(results->at(0).offset, 7);
  EXPECT_EQ(results->at(1).code, 87);
  EXPECT_EQ(results->at(1).message, "key");
  EXPECT_FALSE(DecodeProduce(8, AsBytes(body).first(40)));
}

TEST(Messages, MetadataNamesLeadersAndTopicsThatAreNotThere) {
  const auto answer = DecodeMetadata(
      7,
      AsBytes(Unhex("00000000 00000001 00000005 000161 00002384 ffff ffff 00000005"
                    "00000002"
                    "0000 000174 00 00000001 0000 00000000 00000005 00000003"
                    "00000001 00000005 00000001 00000005 00000000"
                    "0003 000175 00 00000000"))
  );
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->brokers.at(0).host, "a");
  EXPECT_EQ(answer->brokers.at(0).port, 9092);
  EXPECT_EQ(answer->topics.at(0).partitions.at(0).leader, 5);
  EXPECT_EQ(answer->topics.at(1).code, kUnknownTopicOrPartition);
}

// --- login ------------------------------------------------------------------------

// RFC 7677's example for SCRAM-SHA-256.
TEST(Scram, GoesAsInTheRfc) {
  const auto client = MakeScram("SCRAM-SHA-256", "user", "pencil", "rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(client->First(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const auto final = client->Next(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
  );
  ASSERT_TRUE(final);
  EXPECT_EQ(
      *final,
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
  );
  EXPECT_FALSE(client->done());
  ASSERT_TRUE(client->Next("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_TRUE(client->done());
}

TEST(Scram, AServerThatDoesNotKnowThePasswordIsRefused) {
  const auto client = MakeScram("SCRAM-SHA-512", "user", "pencil", "abc");
  ASSERT_TRUE(client->Next("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
  const auto end = client->Next("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind(), ErrorKind::kAuth);
}

TEST(Scram, AChallengeThatDoesNotContinueOursIsRefused) {
  for (const char* challenge :
       {"r=other,s=W22Z,i=4096", "r=abc,s=W22Z,i=4096", "r=abcd,s=W22Z,i=1", "r=abcd,i=4096", ""}) {
    const auto client = MakeScram("SCRAM-SHA-256", "u", "p", "abc");
    EXPECT_FALSE(client->Next(challenge)) << challenge;
  }
}

TEST(Scram, NamesAreEscaped) {
  EXPECT_EQ(MakeScram("SCRAM-SHA-256", "a=b,c", "p", "n")->First(), "n,,n=a=3Db=2Cc,r=n");
  EXPECT_EQ(MakeScram("GSSAPI", "u", "p", "n"), nullptr);
}

TEST(Plain, IsUserAndPassword) {
  const auto client = SaslClient::Make("PLAIN", "u", "pw");
  EXPECT_EQ(client->First(), std::string("\0u\0pw", 5));
  ASSERT_TRUE(client->Next(""));
  EXPECT_TRUE(client->done());
}

}  // namespace
}  // namespace rowhouse::kafka::wire
