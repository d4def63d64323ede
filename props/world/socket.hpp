// The near end of one connection: what has arrived, what is on its way, and who waits for it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "props/world/peer.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

class Socket final : public Line {
 public:
  // What a task waits for that polls several sockets.
  static constexpr const Socket* kAny = nullptr;

  Socket(Scheduler& scheduler, int domain, bool nonblocking)
      : domain(domain), nonblocking(nonblocking), scheduler_(scheduler) {}

  // ---- from the peer ----
  void write(std::string_view bytes, Duration delay) override;
  void end(Duration delay) override;

  // ---- from the system calls ----
  // A task is about to do something here: the peer may want to know.
  void used() const {
    if (peer != nullptr) peer->used();
  }
  // Takes in what has arrived by now.
  void settle();
  [[nodiscard]] bool readable() const { return read_ < inbox_.size() || ended_; }
  // The peer has ended it; what came before may still be unread.
  [[nodiscard]] bool ended() const { return ended_; }
  // When the next piece arrives of those on their way.
  [[nodiscard]] std::optional<Time> next_arrival() const;
  // At most `size` bytes of what is there; how many.
  std::size_t take(void* bytes, std::size_t size, bool peek);
  // Nothing more arrives, not even what was on its way. Whoever waits here sees that.
  void cut();
  // Those blocked on this socket look again.
  void wake_pollers();

  const int domain;
  bool nonblocking;
  bool closed = false;
  std::unique_ptr<Peer> peer;

 private:
  struct Piece {
    Time when;
    std::string bytes;
    bool last;
  };

  Scheduler& scheduler_;
  std::string inbox_;
  std::size_t read_ = 0;
  bool ended_ = false;
  std::vector<Piece> arriving_;  // rarely any: most bytes arrive at once
};

}  // namespace poolproof::world
