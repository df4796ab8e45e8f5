#include "avro/schema.h"

#include <gtest/gtest.h>

namespace rowhouse::avro {
namespace {

std::string TextOf(std::string_view json) {
  const auto schema = Schema::Parse(json);
  return schema ? (*schema)->Text() : schema.error().message();
}

// The shape Debezium's envelopes have: a type defined in `before`, used in `after`.
constexpr std::string_view kEnvelope =
    R"({"type":"record","name":"Envelope","namespace":"p.shop.t","fields":[)"
    R"({"name":"before","type":["null",{"type":"record","name":"Value","fields":[)"
    R"({"name":"id","type":"int"},)"
    R"({"name":"n","type":[{"type":"int","connect.default":7,"connect.type":"int16"},"null"],"default":7},)"
    R"({"name":"g","type":["null",{"type":"record","name":"Geometry","namespace":"io.debezium.data.geometry",)"
    R"("fields":[{"name":"wkb","type":"bytes"}],"connect.doc":"Geometry","connect.version":1}],"default":null},)"
    R"({"name":"h","type":["null","io.debezium.data.geometry.Geometry"],"default":null}],)"
    R"("connect.name":"p.shop.t.Value"}],"default":null},)"
    R"({"name":"after","type":["null","Value"],"default":null}],)"
    R"("connect.version":2,"connect.name":"p.shop.t.Envelope"})";

TEST(Schema, PrintsADebeziumEnvelopeAsItCame) {
  EXPECT_EQ(TextOf(kEnvelope), kEnvelope);
}

TEST(Schema, OneTextForOneSchemaWhateverItsSpacesAndOrder) {
  EXPECT_EQ(
      TextOf(R"( { "fields" : [ {"default":null, "type":["null", {"type":"long"}], "name":"x"} ],
                   "name" : "a.b.R", "type":"record" } )"),
      R"({"type":"record","name":"R","namespace":"a.b","fields":[{"name":"x","type":["null","long"],"default":null}]})"
  );
}

TEST(Schema, ASecondUseIsTheSameNode) {
  const auto schema = Schema::Parse(kEnvelope);
  ASSERT_TRUE(schema);
  const Node& root = (*schema)->root();
  EXPECT_EQ(root.fields[0].type->children[1], root.fields[1].type->children[1]);
  EXPECT_EQ((*schema)->Find("p.shop.t.Value"), root.fields[1].type->children[1]);
}

TEST(Schema, KeepsUnknownAttributesInTheirOrder) {
  const std::string text =
      R"({"type":"bytes","scale":2,"precision":10,"connect.version":1,"z":{"b":[1,2.5],"a":"x"},"logicalType":"decimal"})";
  const auto schema = Schema::Parse(text);
  ASSERT_TRUE(schema);
  EXPECT_EQ((*schema)->Text(), text);
  EXPECT_EQ((*schema)->root().logical, Logical::kDecimal);
  EXPECT_EQ((*schema)->root().precision, 10);
}

TEST(Schema, PrintsEnumsFixedMapsArraysAndAliases) {
  const std::string text =
      R"({"type":"record","name":"R","fields":[{"name":"e","type":{"type":"enum","name":"E","doc":"d","symbols":["A","B"],"default":"A"},"doc":"x","order":"ignore","aliases":["f"]},)"
      R"({"name":"x","type":{"type":"fixed","name":"F","namespace":"n","size":4}},{"name":"m","type":{"type":"map","values":{"type":"array","items":"E"}}}],"aliases":["Old"]})";
  EXPECT_EQ(TextOf(text), text);
}

TEST(Schema, ErrorsNameThePlace) {
  const auto bad = Schema::Parse(
      R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","Nope"]}]})"
  );
  ASSERT_FALSE(bad);
  EXPECT_EQ(
      bad.error().message(),
      "Avro schema, at /fields/1/type/1: 'Nope' is neither a type of Avro nor defined before"
  );
  EXPECT_EQ(bad.error().kind(), ErrorKind::kBadRecord);
}

TEST(Schema, RefusesWhatIsNoSchema) {
  for (const char* text :
       {"",
        "{",
        "[1]",
        "{}",
        R"({"type":"record","name":"R"})",
        R"({"type":"enum","name":"E"})",
        R"({"type":"array"})",
        R"(["null","null"])",
        R"(["null",["int"]])",
        R"({"type":"record","name":"1","fields":[]})",
        R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]})",
        R"({"type":"fixed","name":"F"})",
        R"({"type":"fixed","name":"F","size":-1})"}) {
    EXPECT_FALSE(Schema::Parse(text)) << text;
  }
}

TEST(Schema, DeepNestingIsRefusedNotFollowed) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    text += R"({"type":"array","items":)";
  }
  EXPECT_FALSE(Schema::Parse(text));
}

TEST(Schema, TakesNamedTypesFromReferences) {
  const auto base = Schema::Parse(R"({"type":"record","name":"n.A","fields":[]})");
  ASSERT_TRUE(base);
  const std::string user =
      R"({"type":"record","name":"B","namespace":"n","fields":[{"name":"a","type":"A"}]})";
  EXPECT_FALSE(Schema::Parse(user));
  const auto schema = Schema::Parse(user, {*base});
  ASSERT_TRUE(schema);
  EXPECT_EQ((*schema)->Text(), user);
}

// From the Avro specification's own table of fingerprints.
TEST(Schema, FingerprintsAreTheSpecifications) {
  const auto fingerprint = [](const char* text) {
    const auto schema = Schema::Parse(text);
    return schema ? static_cast<int64_t>((*schema)->Fingerprint()) : 0;
  };
  EXPECT_EQ(fingerprint(R"("null")"), 7195948357588979594);
  EXPECT_EQ(fingerprint(R"({"type":"int"})"), 8247732601305521295);
  EXPECT_EQ(
      fingerprint(R"({"type":"record","name":"foo","fields":[{"name":"f1","type":"boolean"}]})"),
      7843277075252814651
  );
}

TEST(Schema, CanonicalFormDropsAllButNamesAndTypes) {
  const auto schema = Schema::Parse(kEnvelope);
  ASSERT_TRUE(schema);
  const std::string canonical = (*schema)->Canonical();
  EXPECT_EQ(canonical.find("connect"), std::string::npos);
  EXPECT_EQ(canonical.rfind(R"({"name":"p.shop.t.Envelope","type":"record","fields":[)", 0), 0u);
}

}  // namespace
}  // namespace rowhouse::avro
