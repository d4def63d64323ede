// Both ends of a pipe.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "props/world/net/byte_queue.hpp"
#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class PipeWriter;

class PipeReader final : public Descriptor {
 public:
  // Sixteen pages, as Linux gives it.
  static constexpr std::size_t kCapacity = std::size_t{16} * 4096;

  using Descriptor::Descriptor;

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;
  [[nodiscard]] std::optional<std::size_t> pending() const override { return bytes_.size(); }
  [[nodiscard]] int access() const override { return O_RDONLY; }

 private:
  friend class PipeWriter;

  void on_close() override;

  PipeWriter* writer_ = nullptr;
  ByteQueue bytes_;
};

class PipeWriter final : public Descriptor {
 public:
  PipeWriter(Scheduler& scheduler, bool nonblocking, PipeReader& reader)
      : Descriptor(scheduler, nonblocking), reader_(reader) {
    reader.writer_ = this;
  }

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;
  [[nodiscard]] std::optional<std::size_t> pending() const override { return reader_.pending(); }
  [[nodiscard]] int access() const override { return O_WRONLY; }
  [[nodiscard]] bool fills_up() const override { return true; }

 private:
  friend class PipeReader;

  void on_close() override;
  [[nodiscard]] std::size_t room() const { return PipeReader::kCapacity - reader_.bytes_.size(); }

  PipeReader& reader_;
};

}  // namespace poolproof::world
