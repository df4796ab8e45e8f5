#include "model/arena.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "base/check.h"

namespace rowhouse {

namespace {

constexpr size_t RoundUp(size_t n) {
  return (n + 7) & ~size_t{7};
}

}  // namespace

uint8_t* Arena::Allocate(size_t bytes) {
  const size_t rounded = RoundUp(bytes);
  bytes_ += rounded;
  if (rounded > kBlockBytes / 4) [[unlikely]] {
    // A block of its own, so that the rest of the current one is not wasted.
    outsized_.push_back({std::unique_ptr<uint8_t[]>(new uint8_t[rounded]), rounded});
    return outsized_.back().data.get();
  }
  if (static_cast<size_t>(end_ - at_) < rounded) [[unlikely]] {
    NextBlock();
  }
  uint8_t* p = at_;
  at_ += rounded;
  return p;
}

std::string_view Arena::Copy(std::string_view text) {
  uint8_t* p = Allocate(text.size());
  std::memcpy(p, text.data(), text.size());
  return {reinterpret_cast<const char*>(p), text.size()};
}

void Arena::ShrinkLast(uint8_t* last, size_t used) {
  const size_t kept = RoundUp(used);
  const bool in_current =
      last <= at_ && at_ != nullptr && last >= blocks_[used_blocks_ - 1].data.get();
  if (in_current && last + kept <= at_) {
    bytes_ -= static_cast<size_t>(at_ - (last + kept));
    at_ = last + kept;
  }
}

std::unique_ptr<uint8_t[]> Arena::Detach(const uint8_t* inside) {
  const auto holds = [inside](const Block& block) {
    return std::less_equal<>()(block.data.get(), inside) &&
           std::less<>()(inside, block.data.get() + block.size);
  };
  const auto at = std::find_if(outsized_.begin(), outsized_.end(), holds);
  if (at == outsized_.end()) {
    return nullptr;
  }
  bytes_ -= at->size;
  std::unique_ptr<uint8_t[]> data = std::move(at->data);
  outsized_.erase(at);
  return data;
}

void Arena::NextBlock() {
  if (used_blocks_ == blocks_.size()) {
    blocks_.push_back({std::unique_ptr<uint8_t[]>(new uint8_t[kBlockBytes]), kBlockBytes});
  }
  at_ = blocks_[used_blocks_].data.get();
  end_ = at_ + kBlockBytes;
  ++used_blocks_;
}

void Arena::Clear() {
  outsized_.clear();
  used_blocks_ = 0;
  at_ = nullptr;
  end_ = nullptr;
  bytes_ = 0;
}

size_t Arena::capacity() const {
  size_t total = blocks_.size() * kBlockBytes;
  for (const Block& b : outsized_) {
    total += b.size;
  }
  return total;
}

}  // namespace rowhouse
