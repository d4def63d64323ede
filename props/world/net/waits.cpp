// Waiting for descriptors: one way to wait, by which poll, select and epoll differ in how they
// look.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "props/world/net.hpp"
#include "props/world/net/epoll.hpp"

namespace poolproof::world {

// A signal has come, its handler has run, and the call fails with EINTR. Never twice running, so
// that whoever calls again gets on.
bool Net::interrupts(const Descriptor* where) {
  if (!faults_.allows(FaultKind::interrupted) || std::exchange(interrupted_, false)) return false;
  const Place place = where == nullptr ? Place{} : where->place();
  interrupted_ = faults_.strikes(FaultKind::interrupted, place);
  if (interrupted_) errno = EINTR;
  return interrupted_;
}

// Until one of those bits holds, or something else has happened there. False: EINTR.
bool Net::wait_for(const Descriptor& descriptor, int bits) {
  if (interrupts(&descriptor)) return false;
  scheduler_.point({OperationKind::poll, &descriptor});
  if ((descriptor.ready() & (bits | POLLERR | POLLHUP)) == 0) {
    scheduler_.block({OperationKind::poll, &descriptor}, std::nullopt);
  }
  return true;
}

// Until `look` finds something, whose number it returns, or the time is up.
template <class Look>
int Net::wait(const Descriptor* where, std::optional<Duration> timeout, const Look& look) {
  if (const int found = look()) return found;
  if (timeout != Duration::zero() && interrupts(where)) return -1;
  const auto deadline = timeout ? std::optional(scheduler_.read_clock() + *timeout) : std::nullopt;
  scheduler_.point({OperationKind::poll, where});
  for (;;) {
    if (const int found = look()) return found;
    if (deadline && *deadline <= scheduler_.read_clock()) return 0;
    scheduler_.block({OperationKind::poll, where}, deadline);
  }
}

// ---- poll ----

int Net::look(std::span<pollfd> fds) {
  int ready = 0;
  for (pollfd& each : fds) {
    each.revents = 0;
    if (each.fd < 0) continue;
    const Descriptor* const found = table_.find(each.fd);
    if (found != nullptr) scheduler_.looked_at(found);
    const int bits =
        found == nullptr ? POLLNVAL : found->ready() & (each.events | POLLERR | POLLHUP);
    each.revents = static_cast<short>(bits);
    if (bits != 0) ++ready;
  }
  return ready;
}

int Net::poll(pollfd* fds, nfds_t count, std::optional<Duration> timeout) {
  const std::span all(fds, count);
  for (const pollfd& each : all) {
    if (Descriptor* const found = table_.find(each.fd)) found->used();
  }
  const Descriptor* const where = count == 1 ? table_.find(fds[0].fd) : Descriptor::kAny;
  return wait(where, timeout, [&] { return look(all); });
}

// ---- select ----

namespace {

// A set of select(), which may be larger than an fd_set.
class Selected {
 public:
  Selected(fd_set* set, int bits) : set_(set), bits_(bits) {}

  [[nodiscard]] bool has(int fd) const { return set_ != nullptr && FD_ISSET(fd, set_); }
  // Whether a descriptor of these bits stays in it.
  [[nodiscard]] bool wants(int fd, int ready) const { return has(fd) && (ready & bits_) != 0; }
  void keep(int fd, int ready) const {
    if (has(fd) && (ready & bits_) == 0) FD_CLR(fd, set_);
  }

 private:
  fd_set* set_;
  int bits_;
};

}  // namespace

int Net::select(int count, fd_set* read, fd_set* write, fd_set* except,
                std::optional<Duration> timeout) {
  const std::array sets{
      Selected(read, POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR),
      Selected(write, POLLWRNORM | POLLWRBAND | POLLOUT | POLLERR),
      Selected(except, POLLPRI),
  };
  std::vector<std::pair<int, Descriptor*>> asked;
  for (int fd = 0; fd < count; ++fd) {
    if (std::none_of(sets.begin(), sets.end(), [&](const auto& set) { return set.has(fd); })) {
      continue;
    }
    Descriptor* const found = table_.find(fd);
    if (found == nullptr) return -1;
    found->used();
    asked.emplace_back(fd, found);
  }
  const int ready = wait(Descriptor::kAny, timeout, [&] {
    int found = 0;
    for (const auto& [fd, descriptor] : asked) {
      scheduler_.looked_at(descriptor);
      const int bits = descriptor->ready();
      found += static_cast<int>(
          std::count_if(sets.begin(), sets.end(),
                        [&, fd = fd](const Selected& set) { return set.wants(fd, bits); }));
    }
    return found;
  });
  if (ready < 0) return -1;
  for (const auto& [fd, descriptor] : asked) {
    for (const Selected& set : sets) set.keep(fd, descriptor->ready());
  }
  return ready;
}

// ---- epoll ----

Epoll* Net::find_epoll(int fd) {
  Descriptor* const found = table_.find(fd);
  if (found == nullptr) return nullptr;
  if (found->epoll() == nullptr) errno = EINVAL;
  return found->epoll();
}

int Net::create_epoll() { return table_.add(std::make_unique<Epoll>(scheduler_)); }

int Net::control_epoll(int epoll, int operation, int fd, const epoll_event* event) {
  Descriptor* const target = table_.find(fd);
  if (target == nullptr || table_.find(epoll) == nullptr) return -1;
  Epoll* const found = find_epoll(epoll);
  return found == nullptr ? -1 : found->control(operation, *target, event);
}

int Net::wait_epoll(int epoll, epoll_event* events, int most, std::optional<Duration> timeout) {
  Epoll* const found = find_epoll(epoll);
  if (found == nullptr) return -1;
  if (most <= 0) {
    errno = EINVAL;
    return -1;
  }
  found->used();
  return wait(found, timeout, [&] { return found->collect(events, most); });
}

}  // namespace poolproof::world
