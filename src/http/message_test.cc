#include "http/message.h"

#include <gtest/gtest.h>

namespace rowhouse::http {
namespace {

TEST(QueryParameters, KeepOrderAndRepeatsAndDecode) {
  const auto query = QueryParameters::Parse("a=1&b=x+y%2Fz&a=2&flag&&bad=%zz&end=%4");
  ASSERT_EQ(query.all().size(), 6U);
  EXPECT_EQ(query.all()[0], (QueryParameters::Parameter{"a", "1"}));
  EXPECT_EQ(query.Get("b"), "x y/z");
  EXPECT_EQ(query.Get("a"), "2");
  EXPECT_EQ(query.Get("bad"), "%zz");
  EXPECT_EQ(query.Get("end"), "%4");
  EXPECT_EQ(query.Find("none"), nullptr);
  EXPECT_EQ(query.Get("none", "otherwise"), "otherwise");
}

TEST(QueryParameters, FlagIsTrueForTrueOneAndEmpty) {
  const auto query = QueryParameters::Parse("a=true&b=1&c&d=false&e=0&f=TRUE");
  EXPECT_TRUE(query.Flag("a") && query.Flag("b") && query.Flag("c") && query.Flag("f"));
  EXPECT_FALSE(query.Flag("d") || query.Flag("e") || query.Flag("none"));
}

TEST(Headers, NamesCompareWithoutCaseAndSetReplaces) {
  Headers headers;
  headers.Add("X-One", "1");
  headers.Add("x-one", "2");
  EXPECT_EQ(headers.Get("X-ONE"), "1");
  headers.Set("X-one", "3");
  EXPECT_EQ(headers.fields().size(), 1U);
  EXPECT_EQ(headers.Get("x-one"), "3");
}

TEST(Request, BasicAuthSplitsAtTheFirstColon) {
  Request request;
  request.headers.Add("authorization", "basic " + Base64Encode("user:pass:word"));
  const auto credentials = request.BasicAuth();
  ASSERT_TRUE(credentials.has_value());
  EXPECT_EQ(credentials->user, "user");
  EXPECT_EQ(credentials->password, "pass:word");
}

TEST(Request, MalformedAuthorizationIsNone) {
  for (const char* value : {"", "Basic", "Bearer abc", "Basic ?!", "Basic YWJj"}) {
    Request request;
    request.headers.Add("Authorization", value);
    EXPECT_FALSE(request.BasicAuth().has_value()) << value;
  }
}

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes);
    bytes += static_cast<char>(i * 37 + 200);
  }
  EXPECT_EQ(Base64Encode("ab"), "YWI=");
  EXPECT_FALSE(Base64Decode("A").has_value());
}

TEST(Percent, EncodeAndDecodeAreInverse) {
  const std::string text = "shop.orders/a b+c%ü~";
  EXPECT_EQ(PercentDecode(PercentEncode(text)), text);
  EXPECT_EQ(PercentEncode("a/b"), "a%2Fb");
  EXPECT_EQ(PercentDecode("a+b"), "a+b");
}

TEST(SameSecret, ComparesWholeText) {
  EXPECT_TRUE(SameSecret("abc", "abc"));
  EXPECT_FALSE(SameSecret("abc", "abd"));
  EXPECT_FALSE(SameSecret("abc", "ab"));
}

}  // namespace
}  // namespace rowhouse::http
