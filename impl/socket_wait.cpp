// How ::poll is interrupted. The caller who calls off shuts the socket down, and ::poll then sees a
// hang-up. That it is the right socket, though descriptors are numbers that are used again:
//   - `polled_` is a socket only between enter() and leave(), which stand around ::poll;
//   - whoever owns the connection is inside that ::poll, and nobody else may close its socket;
//   - enter(), leave() and call_off() exclude each other.
// So while call_off() holds the mutex and sees a socket there, it is open and the one being waited
// for. And nothing is missed: a stop before enter() is seen by enter(), one before leave() by
// leave(), one after it by the next enter(), or too late, and then what was waited for has come.
// An eventfd beside the socket would do as well, at the price of a descriptor for each acquire.
#include "impl/socket_wait.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>

namespace poolproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What ::poll takes: whole milliseconds, rounded up lest it wake before the deadline and spin.
int poll_timeout(Deadline deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*deadline - steady_clock::now());
  const auto longest = milliseconds(std::numeric_limits<int>::max());
  return static_cast<int>(std::clamp(left, milliseconds::zero(), longest).count());
}

}  // namespace

Readiness SocketWait::wait_for(int socket, short events) {
  if (socket < 0) return Readiness::broken;
  if (!stoppable_) return poll(socket, events);
  if (!enter(socket)) return Readiness::cancelled;
  const Readiness readiness = poll(socket, events);
  return leave() ? readiness : Readiness::cancelled;
}

Readiness SocketWait::poll(int socket, short events) const {
  pollfd asked{socket, events, 0};
  while (true) {
    const int ready = ::poll(&asked, 1, poll_timeout(deadline_));
    if (ready > 0) return Readiness::ready;
    if (ready < 0 && errno != EINTR) return Readiness::broken;
    if (ready == 0 && deadline_ && steady_clock::now() >= *deadline_) return Readiness::timed_out;
  }
}

// False: it has been called off.
bool SocketWait::enter(int socket) {
  const std::lock_guard lock(mutex_);
  if (!cancelled_) polled_ = socket;
  return !cancelled_;
}

bool SocketWait::leave() {
  const std::lock_guard lock(mutex_);
  polled_ = -1;
  return !cancelled_;
}

void SocketWait::call_off() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (polled_ >= 0) ::shutdown(polled_, SHUT_RDWR);
}

}  // namespace poolproof
