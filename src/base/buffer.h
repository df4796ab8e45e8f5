#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

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
      : data_(other.data_), size_(other.size_), capacity_(other.capacity_) {
    other.data_ = nullptr;
    other.size_ = other.capacity_ = 0;
  }

  Buffer& operator=(Buffer&&) = delete;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  ~Buffer() { std::free(data_); }

  // Room for `bytes` more; gives the place to write them.
  uint8_t* Reserve(size_t bytes) {
    if (bytes > capacity_ - size_) [[unlikely]] {
      Grow(bytes);
    }
    return data_ + size_;
  }

  // `end` is one past the last byte written since Reserve().
  void Commit(const uint8_t* end) { size_ = static_cast<size_t>(end - data_); }

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

  const uint8_t* data() const { return data_; }

  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  void Grow(size_t bytes) {
    size_t wanted = capacity_ < kFirst ? kFirst : capacity_ * 2;
    if (wanted < size_ + bytes) {
      wanted = size_ + bytes;
    }
    auto* grown = static_cast<uint8_t*>(std::realloc(data_, wanted));
    CHECK(grown != nullptr);
    data_ = grown;
    capacity_ = wanted;
  }

  static constexpr size_t kFirst = 1024;

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace rowhouse
