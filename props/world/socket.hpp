// A client's end of a stream connection: what has arrived, what is on its way, and what has become
// of the connection. The states are Linux's:
//
//   fresh --connect--> connecting --> connected      a Unix socket skips `connecting`
//     ^                    |
//     |                    v
//     +----connect----- failed                       of a non-blocking connect
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "props/world/faults.hpp"
#include "props/world/net/byte_queue.hpp"
#include "props/world/net/descriptor.hpp"
#include "props/world/net/flight.hpp"
#include "props/world/peer.hpp"

namespace poolproof::world {

class Socket final : public Descriptor, public Line {
 public:
  Socket(Scheduler& scheduler, Faults& faults, int domain, bool nonblocking)
      : Descriptor(scheduler, nonblocking), faults_(faults), domain_(domain) {}

  // ---- from the peer ----
  void write(std::string_view bytes, Duration delay) override;
  void end(Duration delay) override;
  void reset(Duration delay) override;
  void silence() override;
  void heal() override;
  [[nodiscard]] std::size_t unread() const override { return inbox_.size(); }

  // ---- from the system calls ----
  // Calls whoever listens. EAGAIN: a blocking socket waits, and then asks connected().
  int connect(Listener& listener, const Address& to);
  // What a blocking connect() answers once it need not wait any more; EAGAIN until then.
  int connected();
  // Whom connect() called.
  [[nodiscard]] const Address& called() const { return called_; }
  [[nodiscard]] bool is_connected() const { return state_ == State::connected && !down_; }

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;
  [[nodiscard]] std::optional<std::size_t> pending() const override { return unread(); }
  void used() override {
    if (peer_ != nullptr && !hung_up_) peer_->used();
  }
  [[nodiscard]] Place place() const override {
    return peer_ != nullptr ? peer_->place() : Place{0, Phase::connecting};
  }
  [[nodiscard]] int domain() const override { return domain_; }
  int shut_down(int how) override;
  int take_error() override;
  Socket* client() override { return this; }

 private:
  enum class State : std::uint8_t { fresh, connecting, connected, failed };
  enum class Link : std::uint8_t {
    open,
    silent,  // nothing gets through
    gone,    // nobody is there: what is sent is answered by RST
  };

  void on_close() override;

  Reception call(Listener& listener, const Address& to);
  void finish_connect(int error);
  void arrive(const InFlight& piece);
  void send_off(InFlight::Kind kind, std::string_view bytes);
  void land(const InFlight& piece);
  void reach(InFlight::Kind kind, std::string_view bytes);
  void come_later(InFlight piece, Duration delay);
  void be_reset();
  void go_down(int error);
  void swallow();
  void hang_up();
  [[nodiscard]] bool strikes(FaultKind kind);
  [[nodiscard]] std::size_t strike_short(FaultKind kind, std::size_t size);
  [[nodiscard]] bool would_block(std::uint8_t refusals);
  [[nodiscard]] bool is_unix() const { return domain_ == AF_UNIX; }
  [[nodiscard]] bool nothing_more_to_read() const { return fin_ || down_ || shut_read_; }
  [[nodiscard]] bool nothing_more_to_send() const {
    return shut_write_ || down_ || (fin_ && is_unix());
  }

  Faults& faults_;
  const int domain_;
  std::unique_ptr<Peer> peer_;  // null: none, or none that would answer
  Address called_;
  Duration latency_{};  // each way
  ByteQueue inbox_;
  Flight coming_;
  Flight going_;
  int error_ = 0;  // that SO_ERROR, or the next call, reports
  State state_ = State::fresh;
  Link link_ = Link::open;
  bool told_ = false;        // of the connection: connect() has said so
  bool swallowed_ = false;   // something was sent into the silence
  bool fin_ = false;         // the peer's end has arrived
  bool down_ = false;        // there is no connection any more
  bool shut_read_ = false;   // by shutdown()
  bool shut_write_ = false;  //
  bool hung_up_ = false;     // the peer knows, or will, that nothing more comes
  // A call was told EAGAIN for no reason: of the next, which one is not. 0: none was.
  std::uint8_t held_back_ = 0;
};

}  // namespace poolproof::world
