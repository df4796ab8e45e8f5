#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace rowhouse {

// Bytes that grow at their end and keep their memory.
//
// Built for encoders: Reserve() once for the most that comes, write through the
// pointer unchecked, Commit() what was written. Nothing is zeroed first, which
// std::string would do.
//
// Owns:    its memory, kept by Clear().
// Threads: one owner.
class Buffer {
 public:
  Buffer() = default;

  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}

  Buffer& operator=(Buffer&&) = delete;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  ~Buffer() = default;

  // Room for `bytes` more; gives the place to write them.
  uint8_t* Reserve(size_t bytes) {
    if (bytes > capacity_ - size_) [[unlikely]] {
      Grow(bytes);
    }
    return data_.get() + size_;
  }

  // `end` is one past the last byte written since Reserve().
  void Commit(const uint8_t* end) { size_ = static_cast<size_t>(end - data_.get()); }

  void Append(std::string_view bytes) {
    uint8_t* to = Reserve(bytes.size());
    if (!bytes.empty()) {
      std::memcpy(to, bytes.data(), bytes.size());
    }
    Commit(to + bytes.size());
  }

  void Clear() { size_ = 0; }

  // Forgets what lies beyond the first `size` bytes.
  void Truncate(size_t size) {
    CHECK(size <= size_);
    size_ = size;
  }

  size_t size() const { return size_; }

  size_t capacity() const { return capacity_; }

  const uint8_t* data() const { return data_.get(); }

  // To write over what is there already, such as a length known last.
  uint8_t* data() { return data_.get(); }

  std::string_view view() const { return {reinterpret_cast<const char*>(data_.get()), size_}; }

 private:
  void Grow(size_t bytes) {
    size_t wanted = capacity_ < kFirst ? kFirst : capacity_ * 2;
    if (wanted < size_ + bytes) {
      wanted = size_ + bytes;
    }
    auto grown = std::make_unique_for_overwrite<uint8_t[]>(wanted);
    if (size_ != 0) {
      std::memcpy(grown.get(), data_.get(), size_);
    }
    data_ = std::move(grown);
    capacity_ = wanted;
  }

  static constexpr size_t kFirst = 1024;

  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace rowhouse
