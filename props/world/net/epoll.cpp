#include "props/world/net/epoll.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace poolproof::world {
namespace {

constexpr std::uint32_t kModes = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;

// One that has been told of under EPOLLONESHOT has only its modes left.
bool is_off(const epoll_event& event) { return (event.events & ~kModes) == 0; }

std::uint32_t bits_of(const Descriptor& target, const epoll_event& event) {
  if (is_off(event)) return 0;
  return static_cast<std::uint32_t>(target.ready()) & (event.events | EPOLLERR | EPOLLHUP);
}

}  // namespace

Epoll::Item* Epoll::find(const Descriptor& target) {
  const auto found = std::find_if(items_.begin(), items_.end(),
                                  [&](const auto& each) { return each->target == &target; });
  return found == items_.end() ? nullptr : found->get();
}

// Whether waiting for it would be waiting for itself.
bool Epoll::leads_to(const Descriptor& target) const {
  return std::any_of(items_.begin(), items_.end(), [&](const auto& each) {
    const Epoll* const inner = each->target->epoll();
    return each->target == &target || (inner != nullptr && inner->leads_to(target));
  });
}

int Epoll::control(int operation, Descriptor& target, const epoll_event* event) {
  if (&target == this) return static_cast<int>(fail(EINVAL));
  Item* const item = find(target);
  scheduler_.released(this);
  switch (operation) {
    case EPOLL_CTL_ADD:
      if (item != nullptr) return static_cast<int>(fail(EEXIST));
      if (event == nullptr) return static_cast<int>(fail(EFAULT));
      if (Epoll* const inner = target.epoll(); inner != nullptr && inner->leads_to(*this)) {
        return static_cast<int>(fail(ELOOP));
      }
      items_.push_back(std::make_unique<Item>(Item{&target, *event}));
      target.watch(*this);
      queue_if_ready(*items_.back());
      return 0;
    case EPOLL_CTL_MOD:
      if (item == nullptr) return static_cast<int>(fail(ENOENT));
      if (event == nullptr) return static_cast<int>(fail(EFAULT));
      item->event = *event;
      queue_if_ready(*item);
      return 0;
    case EPOLL_CTL_DEL:
      if (item == nullptr) return static_cast<int>(fail(ENOENT));
      target.unwatch(*this);
      remove(*item);
      return 0;
    default: return static_cast<int>(fail(EINVAL));
  }
}

void Epoll::queue_if_ready(Item& item) {
  if (bits_of(*item.target, item.event) == 0) return;
  if (!std::exchange(item.queued, true)) queue_.push_back(&item);
  changed(EPOLLIN);
}

void Epoll::stirred(Descriptor& descriptor, int bits) {
  Item* const item = find(descriptor);
  const auto asked = item->event.events | EPOLLERR | EPOLLHUP;
  if ((static_cast<std::uint32_t>(bits) & asked) != 0) queue_if_ready(*item);
}

void Epoll::gone(Descriptor& descriptor) { remove(*find(descriptor)); }

void Epoll::remove(Item& item) {
  std::erase(queue_, &item);
  std::erase_if(items_, [&](const auto& each) { return each.get() == &item; });
}

void Epoll::on_close() {
  for (const auto& each : items_) each->target->unwatch(*this);
}

int Epoll::collect(epoll_event* events, int most) {
  int count = 0;
  scheduler_.acquired(this);
  for (const auto& each : items_) scheduler_.looked_at(each->target);
  std::vector<Item*> again;
  std::size_t looked_at = 0;
  for (; looked_at < queue_.size() && count < most; ++looked_at) {
    Item& item = *queue_[looked_at];
    item.queued = false;
    const std::uint32_t bits = bits_of(*item.target, item.event);
    if (bits == 0) continue;
    events[count].events = bits;
    events[count].data = item.event.data;
    ++count;
    if ((item.event.events & EPOLLONESHOT) != 0) {
      item.event.events &= kModes;
    } else if ((item.event.events & EPOLLET) == 0) {
      item.queued = true;
      again.push_back(&item);
    }
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(looked_at));
  queue_.insert(queue_.end(), again.begin(), again.end());
  return count;
}

int Epoll::ready() const {
  const bool any = std::any_of(queue_.begin(), queue_.end(), [](const Item* each) {
    return bits_of(*each->target, each->event) != 0;
  });
  return any ? EPOLLIN | EPOLLRDNORM : 0;
}

ssize_t Epoll::take(Pieces /*into*/, int /*flags*/) { return fail(EINVAL); }

ssize_t Epoll::give(Pieces /*from*/, int /*flags*/) { return fail(EINVAL); }

}  // namespace poolproof::world
