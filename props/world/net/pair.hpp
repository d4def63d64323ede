// One end of a pair of Unix stream sockets, as socketpair() makes them.
#pragma once

#include <cstddef>
#include <optional>

#include "props/world/net/byte_queue.hpp"
#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class PairEnd final : public Descriptor {
 public:
  // As much as Linux lets a sender have on its way; from a quarter of it on, poll() says no.
  static constexpr std::size_t kCapacity = 212'992;

  using Descriptor::Descriptor;
  static void join(PairEnd& one, PairEnd& other);

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;
  [[nodiscard]] std::optional<std::size_t> pending() const override { return inbox_.size(); }
  [[nodiscard]] int domain() const override { return AF_UNIX; }
  int shut_down(int how) override;
  int take_error() override;
  [[nodiscard]] bool fills_up() const override { return true; }

 private:
  void on_close() override;

  PairEnd* other_ = nullptr;
  ByteQueue inbox_;
  int error_ = 0;
  bool no_more_to_read_ = false;
  bool no_more_to_send_ = false;
};

}  // namespace poolproof::world
