#include "mysql/packet_framer.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::mysql {

namespace {

constexpr size_t kHeaderBytes = 4;
constexpr size_t kFragmentBytes = 0xFFFFFF;
constexpr size_t kKeptBytes = size_t{2} * 1024 * 1024;  // packets of so much come often

}  // namespace

size_t PacketFramer::FragmentBytes(size_t at) const {
  return size_t{buffer_[at]} | size_t{buffer_[at + 1]} << 8 | size_t{buffer_[at + 2]} << 16;
}

std::span<uint8_t> PacketFramer::Room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (begin_ > 0 && buffer_.size() - end_ < kBufferBytes / 4) {
    std::copy(
        buffer_.begin() + static_cast<ptrdiff_t>(begin_),
        buffer_.begin() + static_cast<ptrdiff_t>(end_),
        buffer_.begin()
    );
    end_ -= begin_;
    begin_ = 0;
  }
  if (begin_ + needed_ > buffer_.size() || end_ == buffer_.size()) {
    // A packet of many fragments tells its length bit by bit: by steps that grow with it, and not
    // by doubling, since it may be as large as memory.
    buffer_.resize(std::max(begin_ + needed_, buffer_.size() + buffer_.size() / 4));
  }
  return std::span(buffer_).subspan(end_);
}

Result<std::optional<ByteView>> PacketFramer::Take(Arena& arena) {
  size_t at = begin_;
  size_t payload = 0;
  size_t fragment = kFragmentBytes;
  while (fragment == kFragmentBytes) {
    needed_ = at - begin_ + kHeaderBytes;
    if (end_ - begin_ < needed_) {
      return std::optional<ByteView>();
    }
    fragment = FragmentBytes(at);
    needed_ += fragment;
    payload += fragment;
    if (payload > kPacketBytesMax) {
      return Error(
          ErrorKind::kBadRecord,
          fmt::format("a packet of more than {} bytes: that is no MySQL server", kPacketBytesMax)
      );
    }
    if (end_ - begin_ < needed_) {
      return std::optional<ByteView>();
    }
    at += kHeaderBytes + fragment;
  }
  uint8_t* packet = arena.Allocate(payload);
  CopyOut(packet, at);
  needed_ = 0;
  Shrink();
  return std::optional(ByteView(packet, payload));
}

// At once, not when more is read: until then others hold the packet too.
void PacketFramer::Shrink() {
  const size_t left = end_ - begin_;
  if (buffer_.size() <= kKeptBytes || left > kBufferBytes / 2) {
    return;
  }
  std::vector<uint8_t> smaller(kBufferBytes);
  std::copy_n(buffer_.begin() + static_cast<ptrdiff_t>(begin_), left, smaller.begin());
  buffer_.swap(smaller);
  begin_ = 0;
  end_ = left;
}

void PacketFramer::CopyOut(uint8_t* packet, size_t end) {
  while (begin_ < end) {
    const size_t n = FragmentBytes(begin_);
    packet = std::copy_n(buffer_.data() + begin_ + kHeaderBytes, n, packet);
    begin_ += kHeaderBytes + n;
  }
}

}  // namespace rowhouse::mysql
