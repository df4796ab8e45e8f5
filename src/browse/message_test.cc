#include "browse/message.h"

#include <bit>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/varint.h"
#include "browse/record_match.h"

namespace rowhouse::browse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class Source : public SchemaSource {
 public:
  std::map<int32_t, registry::SchemaText> schemas;
  int asked = 0;
  bool away = false;

  Result<registry::SchemaText> ById(int32_t id) override {
    ++asked;
    if (away) {
      return Error(ErrorKind::kUnavailable, "schema registry is away");
    }
    const auto at = schemas.find(id);
    return at == schemas.end()
               ? Result<registry::SchemaText>(Error(ErrorKind::kNotFound, "Schema not found"))
               : at->second;
  }

  Result<registry::SchemaText> Version(const std::string& subject, int32_t version) override {
    return subject == "common" && version == 1
               ? Result<registry::SchemaText>(registry::SchemaText{
                     R"({"type":"record","name":"a.Money","fields":[{"name":"cents","type":"long"}]})",
                     {}})
               : Result<registry::SchemaText>(Error(ErrorKind::kNotFound, "no such version"));
  }

  Result<std::vector<std::pair<std::string, int32_t>>> UsesOf(int32_t id) override {
    return std::vector<std::pair<std::string, int32_t>>{{"other-value", 9}, {"t-value", id}};
  }
};

// Writes Avro.
class Writer {
 public:
  explicit Writer(int32_t schema_id) {
    bytes_ = std::string("\0\0\0\0", 4) + static_cast<char>(schema_id);
  }

  Writer& Long(int64_t v) {
    uint8_t raw[kVarintBytesMax];
    const auto* end = PutVarint(raw, ZigZag(v));
    bytes_.append(AsText({raw, static_cast<size_t>(end - raw)}));
    return *this;
  }

  Writer& Text(std::string_view text) {
    Long(static_cast<int64_t>(text.size()));
    bytes_ += text;
    return *this;
  }

  Writer& Raw(std::string_view raw) {
    bytes_ += raw;
    return *this;
  }

  Writer& Double(double v) {
    const auto bits = std::bit_cast<std::array<char, 8>>(v);
    bytes_.append(bits.data(), bits.size());
    return *this;
  }

  operator std::string() const { return bytes_; }  // NOLINT(google-explicit-constructor)

 private:
  std::string bytes_;
};

constexpr std::string_view kTypes = R"({"type":"record","name":"s.t.Value","fields":[
{"name":"id","type":"long"},
{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":65,"scale":2,"connect.name":"org.apache.kafka.connect.data.Decimal"}},
{"name":"any","type":{"type":"record","name":"V","connect.name":"io.debezium.data.VariableScaleDecimal","fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}},
{"name":"day","type":{"type":"int","connect.name":"io.debezium.time.Date"}},
{"name":"clock","type":{"type":"long","connect.name":"io.debezium.time.MicroTime"}},
{"name":"made","type":{"type":"long","connect.name":"io.debezium.time.Timestamp"}},
{"name":"micro","type":{"type":"long","connect.name":"io.debezium.time.MicroTimestamp"}},
{"name":"zoned","type":{"type":"string","connect.name":"io.debezium.time.ZonedTimestamp"}},
{"name":"instant","type":{"type":"long","logicalType":"timestamp-millis"}},
{"name":"year","type":{"type":"int","connect.name":"io.debezium.time.Year"}},
{"name":"bits","type":{"type":"bytes","connect.name":"io.debezium.data.Bits"}},
{"name":"place","type":["null",{"type":"record","name":"G","connect.name":"io.debezium.data.geometry.Geometry","fields":[{"name":"wkb","type":"bytes"},{"name":"srid","type":["null","int"]}]}]},
{"name":"blob","type":"bytes"},
{"name":"ratio","type":"double"},
{"name":"tags","type":{"type":"array","items":"string"}},
{"name":"more","type":{"type":"map","values":"int"}},
{"name":"kind","type":{"type":"enum","name":"E","symbols":["A","B"]}},
{"name":"none","type":["null","string"]}]})";

std::string Point(double x, double y) {
  std::string wkb("\x01\x01\0\0\0", 5);
  for (const double v : {x, y}) {
    const auto bits = std::bit_cast<std::array<char, 8>>(v);
    wkb.append(bits.data(), bits.size());
  }
  return wkb;
}

std::string TypesValue() {
  return Writer(7)
      .Long(9007199254740993)
      .Text(std::string("\x04\xd2", 2))
      .Long(3)
      .Text(std::string("\xfb\x2e", 2))
      .Long(20'484)
      .Long(-3'723'000'001)
      .Long(1769853600'120)
      .Long(1769853600'120'034)
      .Text("2026-01-31T10:00:00.5Z")
      .Long(1769853600'000)
      .Long(2026)
      .Text(std::string("\x05\0", 2))
      .Long(1)
      .Text(Point(1.5, -2))
      .Long(1)
      .Long(4326)
      .Text(std::string("\0\xff", 2))
      .Double(0.1)
      .Long(2)
      .Text("new")
      .Text("vip")
      .Long(0)
      .Long(1)
      .Text("a")
      .Long(-5)
      .Long(0)
      .Long(1)
      .Long(0);
}

constexpr std::string_view kEnvelope = R"({"type":"record","name":"s.t.Envelope","fields":[
{"name":"before","type":["null",{"type":"record","name":"Value","fields":[{"name":"id","type":"int"},{"name":"name","type":["null","string"]}]}]},
{"name":"after","type":["null","Value"]},
{"name":"source","type":{"type":"record","name":"Source","fields":[{"name":"connector","type":"string"},{"name":"name","type":"string"},{"name":"ts_ms","type":"long"},{"name":"db","type":"string"},{"name":"sequence","type":["null","string"]},{"name":"table","type":["null","string"]},{"name":"gtid","type":["null","string"]},{"name":"file","type":"string"},{"name":"pos","type":"long"},{"name":"row","type":"int"}]}},
{"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"]}]})";

Writer& Side(Writer& w, std::optional<std::pair<int, std::string>> row) {
  if (!row) {
    return w.Long(0);
  }
  return w.Long(1).Long(row->first).Long(1).Text(row->second);
}

using Side2 = std::optional<std::pair<int, std::string>>;

std::string Change(const Side2& before, const Side2& after, std::string_view op) {
  Writer w(8);
  Side(w, before);
  Side(w, after);
  return w.Text("mysql")
      .Text("shop")
      .Long(1769853600'000)
      .Text("s")
      .Long(1)
      .Text("00ff")
      .Long(1)
      .Text("t")
      .Long(1)
      .Text("uuid:7")
      .Text("binlog.000002")
      .Long(1501)
      .Long(3)
      .Text(op)
      .Long(1)
      .Long(1);
}

class MessageTest : public ::testing::Test {
 protected:
  MessageTest() {
    auto source = std::make_unique<Source>();
    source_ = source.get();
    source_->schemas[7] = {std::string(kTypes), {}};
    source_->schemas[8] = {std::string(kEnvelope), {}};
    source_->schemas[9] = {
        R"({"type":"record","name":"b.Order","fields":[{"name":"total","type":"a.Money"}]})",
        {{"a.Money", "common", 1}}};
    source_->schemas[10] = {"syntax = \"proto3\";", {}, "PROTOBUF"};
    source_->schemas[11] = {
        R"({"type":"record","name":"s.t.Key","fields":[{"name":"id","type":"int"}]})", {}};
    schemas_ = std::make_unique<Schemas>(std::move(source));
    reader_ = std::make_unique<PartReader>(*schemas_);
  }

  static kafka::RecordRef Ref(
      const std::optional<std::string>& key, const std::optional<std::string>& value
  ) {
    kafka::RecordRef record;
    record.partition = 2;
    record.offset = 41;
    record.timestamp_ms = 1769853600'500;
    record.key = key;
    record.value = value;
    return record;
  }

  Row RowOf(const std::optional<std::string>& value) {
    return MakeRow(Ref(std::nullopt, value), *reader_);
  }

  bool Matches(
      std::string_view filter,
      const std::optional<std::string>& key,
      const std::optional<std::string>& value,
      std::string_view text = ""
  ) {
    RecordMatch match(filter.empty() ? nullptr : Filter::Parse(filter).value(), text, *reader_);
    return match.Matches(Ref(key, value)) == Verdict::kYes;
  }

  Source* source_;
  std::unique_ptr<Schemas> schemas_;
  std::unique_ptr<PartReader> reader_;
};

TEST_F(MessageTest, ShowsTypesAsPeopleWriteThem) {
  const Row row = RowOf(TypesValue());
  EXPECT_EQ(row.error, "");
  EXPECT_EQ(row.value_id, 7);
  EXPECT_EQ(
      row.value,
      R"({"id":9007199254740993,"price":12.34,"any":-1.234,"day":"2026-01-31",)"
      R"("clock":"-01:02:03.000001","made":"2026-01-31 10:00:00.120",)"
      R"("micro":"2026-01-31 10:00:00.120034","zoned":"2026-01-31T10:00:00.5Z",)"
      R"("instant":"2026-01-31T10:00:00Z","year":2026,"bits":"b'101'",)"
      R"~("place":"SRID=4326;POINT(1.5 -2)","blob":"0x00ff","ratio":0.1,"tags":["new","vip"],)~"
      R"("more":{"a":-5},"kind":"B","none":null})"
  );
}

TEST_F(MessageTest, KeepsWhatIsStoredBesideWhatIsShown) {
  const Message message = MakeMessage(Ref(std::nullopt, TypesValue()), *reader_);
  const Part& value = message.value;
  EXPECT_EQ(value.format, PartFormat::kAvro);
  EXPECT_FALSE(value.truncated);
  ASSERT_EQ(value.node.fields.size(), 18U);
  const Node& price = *value.node.Find("price");
  EXPECT_EQ(price.type, "decimal");
  EXPECT_EQ(price.text, "12.34");
  EXPECT_EQ(price.raw, "0x04d2");
  EXPECT_EQ(value.node.Find("id")->raw, std::nullopt);
  EXPECT_EQ(value.node.Find("made")->raw, "1769853600120");
  EXPECT_EQ(value.node.Find("made")->type, "timestamp-millis");
  EXPECT_EQ(value.node.Find("tags")->items.size(), 2U);
  EXPECT_TRUE(value.node.Find("none")->is_null());
  EXPECT_EQ(message.key.format, PartFormat::kNull);
  EXPECT_FALSE(message.change);
}

TEST_F(MessageTest, FiltersByEveryType) {
  for (const char* filter : {
           "value.id == 9007199254740993",
           "value.price == 12.340",
           "value.any < -1.2339",
           "value.day == \"2026-01-31\"",
           "value.clock == \"-01:02:03.000001\"",
           "value.made > timestamp(\"2026-01-31T10:00:00.119Z\")",
           "value.micro < timestamp(\"2026-01-31T10:00:00.120035Z\")",
           "value.zoned == timestamp(\"2026-01-31T11:00:00.5+01:00\")",
           "value.instant == \"2026-01-31T10:00:00Z\"",
           "value.year == 2026 && value.bits == 5",
           "value.place contains \"POINT(1.5\"",
           "value.blob == \"0x00ff\"",
           "value.ratio == 0.1",
           "\"vip\" in value.tags && value.tags[0] == \"new\"",
           "value.more.a == -5",
           "value.kind == \"B\" && value.none == null && value.no.such == null",
           "value contains \"\\\"kind\\\":\\\"B\\\"\"",
       }) {
    EXPECT_TRUE(Matches(filter, std::nullopt, TypesValue())) << filter;
  }
}

TEST_F(MessageTest, ShowsTheRowOfAChange) {
  const std::string key = Writer(11).Long(5);
  const std::string update = Change({{5, "old"}}, {{5, "new"}}, "u");
  const Row row = MakeRow(Ref(key, update), *reader_);
  EXPECT_EQ(row.op, "u");
  EXPECT_EQ(row.key, R"({"id":5})");
  EXPECT_EQ(row.value, R"({"id":5,"name":"new"})");
  const Row gone = RowOf(Change({{5, "old"}}, std::nullopt, "d"));
  EXPECT_EQ(gone.op, "d");
  EXPECT_EQ(gone.value, R"({"id":5,"name":"old"})");

  const Message message = MakeMessage(Ref(key, update), *reader_);
  ASSERT_TRUE(message.change);
  const ChangeInfo& change = *message.change;
  EXPECT_EQ(change.table, "s.t");
  EXPECT_THAT(change.pk, ElementsAre(Pair("id", "5")));
  EXPECT_THAT(change.changed, ElementsAre("name"));
  EXPECT_EQ(change.version, "00ff");
  EXPECT_THAT(change.source, ::testing::Contains(Pair("gtid", "uuid:7")));
  EXPECT_THAT(change.source, ::testing::Contains(Pair("pos", "1501")));
}

TEST_F(MessageTest, FiltersChanges) {
  const std::string key = Writer(11).Long(5);
  const std::string update = Change({{5, "old"}}, {{5, "new"}}, "u");
  for (const char* filter : {
           "op == \"u\"",
           "op == 'u' && value.op == 'u'",
           "key == 5",
           "key.id == 5",
           "key.id in [1, 5] && value.before.name != value.after.name",
           "value.after contains \"new\" && value.after.name == \"new\"",
           "value.source.gtid startsWith \"uuid\"",
           "has(value.before) && !has(value.transaction)",
           "size > 10",
       }) {
    EXPECT_TRUE(Matches(filter, key, update)) << filter;
  }
  EXPECT_FALSE(Matches("op == 'c'", key, update));
  EXPECT_FALSE(Matches("value.before.id == 5", key, Change(std::nullopt, {{5, "x"}}, "c")));
  EXPECT_FALSE(Matches("value.after.id == 5", key, std::nullopt));
  EXPECT_TRUE(Matches("value == null", key, std::nullopt));
}

TEST_F(MessageTest, TextIsSearchedInValuesNotInNames) {
  const std::string update = Change({{5, "old"}}, {{77123, "Ünal"}}, "u");
  EXPECT_TRUE(Matches("", std::nullopt, update, "ÜNAL"));
  EXPECT_TRUE(Matches("", std::nullopt, update, "7712"));
  EXPECT_TRUE(Matches("", std::nullopt, update, "binlog.000002"));
  EXPECT_FALSE(Matches("", std::nullopt, update, "before"));
  EXPECT_FALSE(Matches("", std::nullopt, update, "old77"));
  EXPECT_TRUE(Matches("", std::nullopt, TypesValue(), "12.34"));
  EXPECT_TRUE(Matches("", "some key", std::nullopt, "KEY"));
  EXPECT_TRUE(Matches("op == 'u'", "k", update, "old"));
  EXPECT_FALSE(Matches("op == 'c'", "k", update, "old"));

  RecordMatch match(nullptr, "trace-9", *reader_);
  kafka::RecordRef record;
  const kafka::HeaderView headers[] = {{"id", "a TRACE-9 b"}};
  record.headers = headers;
  EXPECT_EQ(match.Matches(record), Verdict::kYes);
}

TEST_F(MessageTest, JsonKeepsItsDigitsAndItsEscapes) {
  const std::string json =
      R"( {"id": 12345678901234567890123.4500, "s": "a\"\u00e4\ud83d\ude00\n", "n": null,
          "l": [1, true, {"x": 1e3}], "id2": -0.0} )";
  const Row row = RowOf(json);
  EXPECT_EQ(
      row.value,
      R"({"id":12345678901234567890123.4500,"s":"a\"ä😀\n","n":null,"l":[1,true,{"x":1e3}],"id2":-0.0})"
  );
  EXPECT_TRUE(Matches("value.id == 12345678901234567890123.45", std::nullopt, json));
  EXPECT_TRUE(Matches("value.l[2].x == 1000 && value.l[1]", std::nullopt, json));
  EXPECT_TRUE(Matches("value.s startsWith \"a\\\"ä\"", std::nullopt, json));
  EXPECT_TRUE(Matches("value.id2 == 0 && value.n == null", std::nullopt, json));
  EXPECT_TRUE(Matches("", std::nullopt, json, "12345678901234567890123.45"));
}

TEST_F(MessageTest, ConnectsJsonWithASchemaIsItsPayload) {
  const std::string json =
      R"({"schema":{"type":"struct","fields":["}"]},"payload":{"op":"c","source":{"db":"s"},"after":{"id":5}}})";
  const Row row = RowOf(json);
  EXPECT_EQ(row.op, "c");
  EXPECT_EQ(row.value, R"({"id":5})");
  EXPECT_TRUE(Matches("op == 'c' && value.after.id == 5", std::nullopt, json));
}

TEST_F(MessageTest, TextAndBytesAreWhatTheyAre) {
  const auto shown = [&](const std::string& value) {
    const Message message = MakeMessage(Ref(std::nullopt, value), *reader_);
    return std::pair(std::string(FormatWord(message.value.format)), RowOf(value).value);
  };
  EXPECT_THAT(shown("hello\nworld"), Pair("string", "hello world"));
  EXPECT_THAT(shown("{not json}"), Pair("string", "{not json}"));
  EXPECT_THAT(shown("[1,2"), Pair("string", "[1,2"));
  EXPECT_THAT(shown("{\"a\":1}x}"), Pair("string", "{\"a\":1}x}"));
  EXPECT_THAT(shown(""), Pair("string", ""));
  EXPECT_THAT(shown("\xff\xfe"), Pair("bytes", "0xfffe"));
  EXPECT_TRUE(RowOf(std::nullopt).tombstone);
  EXPECT_TRUE(Matches("value == 'hello'", std::nullopt, "hello"));
  EXPECT_TRUE(Matches("value == '{not json}'", std::nullopt, "{not json}"));
  EXPECT_TRUE(Matches("value == '0xfffe'", std::nullopt, "\xff\xfe"));
  EXPECT_TRUE(Matches("", std::nullopt, "\xff\xfe abc", "ABC"));
}

TEST_F(MessageTest, SaysWhyAValueIsNotDecoded) {
  std::string cut = TypesValue();
  cut.resize(20);
  EXPECT_THAT(RowOf(cut).error, HasSubstr("value: day: the value is cut off"));
  EXPECT_THAT(RowOf(cut).value, HasSubstr("0x00000000"));
  EXPECT_THAT(RowOf(TypesValue() + "x").error, HasSubstr("1 bytes are left after the value"));
  EXPECT_THAT(RowOf(std::string("\0\0\0\0\x63zzz", 8)).error, HasSubstr("Schema not found"));
  EXPECT_THAT(RowOf(std::string("\0\0\0\0\x0a\x08", 6)).error, HasSubstr("of type PROTOBUF"));
  Schemas none(nullptr);
  PartReader reader(none);
  EXPECT_THAT(
      MakeRow(Ref(std::nullopt, TypesValue()), reader).error, HasSubstr("no registry is given")
  );
}

TEST_F(MessageTest, UsesSchemasThatASchemaRefersTo) {
  EXPECT_EQ(RowOf(Writer(9).Long(1250)).value, R"({"total":{"cents":1250}})");
}

TEST_F(MessageTest, ARegistryThatIsAwayIsNotAskedForEachMessage) {
  source_->away = true;
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(RowOf(TypesValue()).error, HasSubstr("away"));
  }
  EXPECT_EQ(source_->asked, 1);
}

TEST_F(MessageTest, NamesTheSubjectOfItsOwnTopic) {
  Message message = MakeMessage(Ref(std::nullopt, TypesValue()), *reader_);
  NameSchemas(message, "t", *schemas_);
  EXPECT_EQ(message.value.subject, "t-value");
  EXPECT_EQ(message.value.version, 7);
}

TEST_F(MessageTest, LargeMessagesAreCut) {
  const std::string large(10 << 20, 'x');
  const Row row = RowOf(large);
  EXPECT_EQ(row.value.size(), Row::kValueCharacters + 3);
  EXPECT_EQ(row.size, large.size());
  std::string json = "{\"a\":[";
  for (int i = 0; i < 1'000'000; ++i) {
    json += "1234567,";
  }
  json += "0],\"last\":\"" + large + "\"}";
  const Message message = MakeMessage(Ref(std::nullopt, json), *reader_);
  EXPECT_TRUE(message.value.truncated);
  EXPECT_LT(message.value.node.Find("a")->items.size(), 30'000U);
  EXPECT_LE(message.value.text.size(), Part::kTextBytesMax + 100);
  EXPECT_EQ(message.value.hex.size(), 2 * Part::kHexBytesMax);
  EXPECT_TRUE(Matches("value.last contains \"xxx\"", std::nullopt, json));
}

TEST_F(MessageTest, ArraysOfNothingEnd) {
  source_->schemas[12] = {R"({"type":"array","items":"null"})", {}};
  const std::string endless = Writer(12).Long(int64_t{1} << 60);
  EXPECT_THAT(RowOf(endless).value, ::testing::StartsWith("[null,null,"));
  RecordMatch match(nullptr, "x", *reader_);
  EXPECT_EQ(match.Matches(Ref(std::nullopt, endless)), Verdict::kNo);
  EXPECT_TRUE(match.undecodable());
  std::string deep(5000, '[');
  deep += std::string(5000, ']');
  EXPECT_EQ(MakeMessage(Ref(std::nullopt, deep), *reader_).value.format, PartFormat::kString);
}

}  // namespace
}  // namespace rowhouse::browse
