#include "mysql/packet_framer.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

std::string Fragment(const std::string& payload) {
  const size_t n = payload.size();
  std::string out = {
      static_cast<char>(n & 0xFF),
      static_cast<char>(n >> 8 & 0xFF),
      static_cast<char>(n >> 16 & 0xFF),
      '\x01'};
  return out + payload;
}

// Feeds `bytes` in pieces of at most `piece` and gives the packets.
std::vector<std::string> Packets(PacketFramer& framer, std::string_view bytes, size_t piece) {
  std::vector<std::string> packets;
  while (!bytes.empty()) {
    const auto room = framer.Room();
    const size_t n = std::min({room.size(), bytes.size(), piece});
    std::copy_n(bytes.begin(), n, room.begin());
    framer.Filled(n);
    bytes.remove_prefix(n);
    Arena arena;
    while (true) {
      const auto packet = framer.Take(arena);
      if (!packet.has_value() || !packet->has_value()) {
        break;
      }
      packets.emplace_back(AsText(**packet));
    }
  }
  return packets;
}

TEST(PacketFramer, GivesPacketsHoweverTheBytesArrive) {
  const std::vector<std::string> sent = {"a", "", std::string(70'000, 'x'), "end"};
  std::string bytes;
  for (const std::string& payload : sent) {
    bytes += Fragment(payload);
  }
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{5'000}, bytes.size()}) {
    PacketFramer framer;
    EXPECT_EQ(Packets(framer, bytes, piece), sent) << piece;
  }
}

TEST(PacketFramer, JoinsFragmentsOfAPacketAbove16Megabytes) {
  const std::string full(0xFFFFFF, 'f');
  PacketFramer framer;
  const auto packets = Packets(
      framer, Fragment(full) + Fragment(full) + Fragment("tail") + Fragment("next"), 1 << 20
  );
  ASSERT_EQ(packets.size(), 2U);
  EXPECT_EQ(packets[0], full + full + "tail");
  EXPECT_EQ(packets[1], "next");
}

TEST(PacketFramer, APacketOfExactly16MegabytesEndsWithAnEmptyFragment) {
  const std::string full(0xFFFFFF, 'f');
  PacketFramer framer;
  EXPECT_TRUE(Packets(framer, Fragment(full), 1 << 20).empty());
  const auto packets = Packets(framer, Fragment(""), 4);
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0].size(), full.size());
}

TEST(PacketFramer, GivesTheMemoryOfALargePacketBack) {
  PacketFramer framer;
  Packets(framer, Fragment(std::string(5'000'000, 'x')), 1 << 20);
  EXPECT_LE(framer.Room().size(), PacketFramer::kBufferBytes);
}

}  // namespace
}  // namespace rowhouse::mysql
