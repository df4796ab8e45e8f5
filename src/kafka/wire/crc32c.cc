#include "kafka/wire/crc32c.h"

#include <array>
#include <cstring>
#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace rowhouse::kafka::wire {

namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected
constexpr uint32_t kStart = 0xFFFFFFFF;

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? crc >> 1 ^ kPolynomial : crc >> 1;
    }
    table[i] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint64_t Load(const uint8_t* from) {
  uint64_t v = 0;
  std::memcpy(&v, from, sizeof v);
  return v;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t ByInstruction(ByteView bytes) {
  uint64_t crc = kStart;
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    crc = _mm_crc32_u64(crc, Load(at));
  }
  auto rest = static_cast<uint32_t>(crc);
  for (; left > 0; --left, ++at) {
    rest = _mm_crc32_u8(rest, *at);
  }
  return ~rest;
}

bool HasInstruction() {
  return __builtin_cpu_supports("sse4.2") != 0;
}

#elif defined(__ARM_FEATURE_CRC32)

uint32_t ByInstruction(ByteView bytes) {
  uint32_t crc = kStart;
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    crc = __crc32cd(crc, Load(at));
  }
  for (; left > 0; --left, ++at) {
    crc = __crc32cb(crc, *at);
  }
  return ~crc;
}

bool HasInstruction() {
  return true;
}

#else

uint32_t ByInstruction(ByteView bytes) {
  return Crc32cByTable(bytes);
}

bool HasInstruction() {
  return false;
}

#endif

}  // namespace

uint32_t Crc32c(ByteView bytes) {
  static const bool fast = HasInstruction();
  return fast ? ByInstruction(bytes) : Crc32cByTable(bytes);
}

uint32_t Crc32cByTable(ByteView bytes) {
  uint32_t crc = kStart;
  for (const uint8_t byte : bytes) {
    crc = crc >> 8 ^ kTable[(crc ^ byte) & 0xFF];
  }
  return ~crc;
}

}  // namespace rowhouse::kafka::wire
