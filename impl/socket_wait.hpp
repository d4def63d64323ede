// Waiting until libpq has something to do on its socket, as long as one deadline and one
// stop_token allow.
#pragma once

#include <mutex>
#include <stop_token>

#include <poolproof/deadline.hpp>

namespace poolproof {

enum class Readiness {
  ready,
  timed_out,
  cancelled,  // the connection must be closed now: its socket may have been shut down
  broken,
};

// For one thread, and for one connection at a time.
class SocketWait {
 public:
  explicit SocketWait(Deadline deadline, const std::stop_token& stop = {})
      : deadline_(deadline), stoppable_(stop.stop_possible()), call_off_(stop, CallOff{*this}) {}
  SocketWait(const SocketWait&) = delete;
  SocketWait& operator=(const SocketWait&) = delete;
  ~SocketWait() = default;

  // Blocks until one of ::poll's `events` is true of `socket`, or an error or hang-up, which libpq
  // must see. A deadline in the past still gets one look. A negative `socket` is broken.
  Readiness wait_for(int socket, short events);

 private:
  struct CallOff {
    SocketWait& self;
    void operator()() const noexcept { self.call_off(); }
  };

  Readiness poll(int socket, short events) const;
  bool enter(int socket);
  bool leave();
  void call_off();

  const Deadline deadline_;
  const bool stoppable_;
  std::mutex mutex_;
  int polled_ = -1;         // what the owner is inside ::poll with. Guarded by mutex_
  bool cancelled_ = false;  // guarded by mutex_
  std::stop_callback<CallOff>
      call_off_;  // last: it uses the others from its first moment to its end
};

}  // namespace poolproof
